// A page as an application writes it: type-checked against the packed types, bundled by esbuild, and used in a browser.
import { PartylineError, type Room } from '@partyline/client';
import {
  type Call,
  canChooseLoudspeaker,
  listDevices,
  openMicrophonePreview,
  startCall,
} from '@partyline/client/browser';

const asked = new URLSearchParams(location.hash.slice(1));
const status = document.body.appendChild(document.createElement('p'));
status.setAttribute('role', 'status');
const join = document.body.appendChild(document.createElement('button'));
join.textContent = 'Join';

const start = async (): Promise<Call> => {
  // Another origin than the page's.
  const call = await startCall({
    url: asked.get('url') ?? '',
    room: asked.get('room') ?? '',
    token: asked.get('token') ?? '',
    // A file plays instead of a microphone, and what comes out is compared with it.
    microphone: { echoCancellation: false, noiseSuppression: false, autoGainControl: false },
  });
  const room: Room = call.room;
  room.on('state', (state) => {
    if (state.phase === 'closed') status.textContent = state.reason?.message ?? 'left';
  });
  return call;
};

join.addEventListener('click', async () => {
  try {
    const call = await start();
    status.textContent = 'Connected';
    const leave = document.body.appendChild(document.createElement('button'));
    leave.textContent = 'Leave';
    leave.addEventListener('click', () => void call.end());
  } catch (error) {
    const code = error instanceof PartylineError ? error.code : 'unknown';
    status.textContent = `${code}: ${String(error)}`;
  }
});

/** Only compiled: what the types have to say. */
export const compiled = async (call: Call): Promise<void> => {
  const { microphones } = await listDevices();
  const preview = await openMicrophonePreview({ deviceId: microphones[0]?.deviceId ?? '' });
  preview.on('level', ({ levelDbov }) => levelDbov.toFixed(0));
  if (canChooseLoudspeaker()) await call.useLoudspeaker('');
  call.setParticipantVolume('ada', 0.5);
  // @ts-expect-error there is no such event
  call.on('mute', () => {});
  // @ts-expect-error a volume is a number
  call.setVolume('loud');
};
