// The surface of the SDK, name by name: what is not here may change without notice. `libs/client/api.txt` holds it as it
// is, and a test compares them (docs/sdk.md, "What stays").
export type { EngineChoice, FrameMs, VoiceEngine } from '@partyline/codecs';
export {
  CODEC_FORMATS,
  CODEC_OPUS,
  type CodecFormat,
  FLAG_DTX,
  FLAG_ENCRYPTED,
  FLAG_FEC,
  FLAG_PRE_ROLL,
  FLAG_SPURT_END,
  FLAG_SPURT_START,
  type Frame,
} from '@partyline/protocol';
export type { Clock, ClusterClock } from './clock.ts';
export type { DecodedVoice } from './decoded-voice.ts';
export type { Unsubscribe } from './emitter.ts';
export { type ErrorCode, PartylineError } from './errors.ts';
export { joinRoom } from './join-room.ts';
export type { ModerationResult, Moderator, RemoveOptions } from './moderator.ts';
export type { Fetch, JoinRoomOptions, Network, Socket } from './options.ts';
export type { Pace } from './pace.ts';
export type {
  ActiveSpeaker,
  DataMessage,
  OutgoingData,
  OutgoingFrame,
  Participant,
  ParticipantsChange,
  ReceivedFrame,
  Room,
  RoomEvents,
  RoomRecordingState,
  RoomState,
  SubscriptionMode,
} from './room-types.ts';
export type {
  DownlinkStats,
  PlayedFrame,
  PlayoutReading,
  PlayoutTotals,
  RoomStats,
  SpeakerStats,
  UplinkStats,
} from './stats.ts';
export type { Timer, Timers } from './timers.ts';
export { VoiceDecoders, type VoiceDecodersOptions } from './voice-decoders.ts';
export { DEFAULT_CODECS, decodableCodecs } from './voice-formats.ts';
export { VoicePublisher, type VoicePublisherOptions } from './voice-publisher.ts';
