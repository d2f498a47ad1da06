import { PartylineError } from '@partyline/client';
import { type Call, startCall } from '@partyline/client/browser';

const find = <E extends Element>(selector: string): E => {
  const element = document.querySelector<E>(selector);
  if (element === null) throw new Error(`${selector} is missing`);
  return element;
};
const form = find<HTMLFormElement>('form');
const status = find<HTMLElement>('[role=status]');
const inCall = find<HTMLElement>('#call');
const people = find<HTMLUListElement>('ul');
const mute = find<HTMLButtonElement>('#mute');
const sound = find<HTMLButtonElement>('#sound');
const leave = find<HTMLButtonElement>('#leave');

/** Your backend mints it; it travels behind the #, which browsers send to no server. Guests have none. */
const token = new URLSearchParams(location.hash.slice(1)).get('token') ?? undefined;

let call: Call | undefined;

form.addEventListener('submit', (event) => {
  event.preventDefault();
  const data = new FormData(form);
  void join(String(data.get('room')), String(data.get('name')));
});
mute.addEventListener('click', () => {
  call?.setMuted(!call.muted);
  mute.setAttribute('aria-pressed', String(call?.muted));
});
sound.addEventListener('click', () => void call?.resume());
leave.addEventListener('click', () => void call?.end());

/** From the click on the form's button: browsers start sound only then. */
async function join(room: string, name: string): Promise<void> {
  status.textContent = 'Joining …';
  try {
    // The page's own origin, from where vite.config.js passes it on.
    call = await startCall({ url: location.origin, room, name, ...(token === undefined ? {} : { token }) });
  } catch (error) {
    // The message is a sentence that says what to do; a page with words of its own chooses them by the code.
    status.textContent =
      error instanceof PartylineError ? `${error.message} (${error.code})` : `It failed: ${String(error)}`;
    return;
  }
  form.hidden = true;
  inCall.hidden = false;
  const joined = call;
  joined.on('playback', ({ running }) => {
    sound.hidden = running;
  });
  sound.hidden = joined.playing;
  joined.room.on('participants', () => showPeople(joined));
  joined.room.on('speakers', () => showPeople(joined));
  joined.room.on('state', () => showState(joined));
  showPeople(joined);
  showState(joined);
}

function showPeople({ room }: Call): void {
  people.replaceChildren(
    ...room.participants.map(({ identity, name, self, muted, speaking }) => {
      const item = document.createElement('li');
      const what = muted ? 'muted' : speaking ? 'speaking' : 'quiet';
      item.textContent = `${name || identity}${self ? ' (you)' : ''}: ${what}`;
      return item;
    }),
  );
}

function showState({ room: { state } }: Call): void {
  if (state.phase === 'live') status.textContent = 'Connected';
  else if (state.phase === 'reconnecting') status.textContent = 'Connection lost, trying again …';
  else if (state.phase === 'closed') {
    status.textContent = state.reason?.message ?? 'You have left.';
    form.hidden = false;
    inCall.hidden = true;
  }
}
