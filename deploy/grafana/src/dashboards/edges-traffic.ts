import type { Row } from '../layout.ts';
import { lines } from '../panels/lines.ts';
import { ofEdges, rate, rateBy, sum } from '../series.ts';
import { FRAMES, LOST } from '../voice-hops.ts';

/** What goes in and out. */
export const traffic: Row = {
  title: 'Traffic',
  panels: [
    lines(
      'Media, bytes a second',
      'Bps',
      { '{{edge}}, {{direction}}': rateBy('partyline_media_bytes_total', ofEdges(), 'edge', 'direction') },
      {
        shows: 'Bytes of voice that came in, and that went out to all listeners together.',
        good: "below what the edge's network can do.",
        otherwise: "near the network's limit: voice waits there unseen. More edges.",
      },
    ),
    lines(
      'Frames in a message',
      'none',
      {
        '{{edge}}': `${rateBy(FRAMES, ofEdges('hop="edge"', 'direction="out"'), 'edge')} / ${rateBy('partyline_media_messages_total', ofEdges('direction="out"'), 'edge')}`,
      },
      {
        shows: 'How many frames leave as one message: 1 means that nothing is coalesced.',
        good: '1 while edges are idle, more when they are busy.',
        otherwise: 'high at all times: edges are too busy, or coalescing is set to begin too early.',
      },
    ),
    lines(
      'Media messages a second',
      'short',
      { '{{edge}}, {{direction}}': rateBy('partyline_media_messages_total', ofEdges(), 'edge', 'direction') },
      {
        shows: 'Messages that came from speakers, and that were published, each once however many listen.',
        good: '50 a second and speaker.',
        otherwise: 'out without in: voice that comes from other edges.',
      },
    ),
    lines(
      'What the selector decides, frames a second',
      'short',
      { '{{decision}}': rateBy('partyline_selector_frames_total', ofEdges(), 'decision') },
      {
        shows:
          "Frames of an edge's own speakers: sent (selected), sent later at the beginning of speech (pre_roll), for other edges alone (elsewhere), for nobody (unheard), or held back as others are louder (held).",
        good: 'speech is selected; what is held is noise.',
        otherwise:
          'much held while people complain about being cut off: more speakers at once than a room lets through.',
      },
      { stacked: 'amount' },
    ),
    lines(
      'Changes of speakers a second',
      'short',
      { '{{change}}': rateBy('partyline_selector_changes_total', ofEdges(), 'change') },
      {
        shows:
          'Streams let in (promoted), put out for a louder one (ousted) or as they fell silent (silenced).',
        good: 'about as many silenced as promoted, few ousted.',
        otherwise: 'much ousted: speakers fight for places; let more through in that kind of room.',
      },
    ),
    lines(
      'Frames from edges and to edges a second',
      'short',
      {
        'given to links': rateBy('partyline_bus_relayed_frames_total', ofEdges()),
        'came from other edges': rateBy(FRAMES, ofEdges('hop="bus"', 'direction="in"')),
      },
      {
        shows: 'Frames times the links they were given to, and frames that came.',
        good: 'low against frames sent to listeners: rooms are on few edges.',
        otherwise: 'rooms are spread too thin; see placements on the dashboard of directories.',
      },
    ),
  ],
};

/** What is not delivered, and to whom. */
export const drops: Row = {
  title: 'Drops and pauses',
  panels: [
    lines(
      'Not delivered, frames a second',
      'short',
      { '{{edge}}, {{reason}}': rateBy(LOST, ofEdges('hop="downlink"'), 'edge', 'reason') },
      {
        shows: 'Frames times listeners that edges did not deliver, by edge and reason.',
        good: 'next to 0.',
        otherwise:
          'paused on one edge: its network or CPU. On all: people\'s networks. The lane "Downlink" has the shares.',
      },
    ),
    lines(
      'Pauses of listeners a second',
      'short',
      { '{{change}}': rateBy('partyline_listener_pauses_total', ofEdges(), 'change') },
      {
        shows: 'Listeners that were paused as they did not keep up, and that could go on.',
        good: 'few, and both alike.',
        otherwise: 'paused without resumed: they are closed after 10 s; see close codes.',
      },
    ),
    lines(
      'Messages that were not sent, a second',
      'short',
      {
        '{{edge}}, socket full': rateBy('partyline_sends_dropped_total', ofEdges(), 'edge'),
        'malformed: {{reason}}': sum(rate('partyline_media_refused_total', ofEdges()), 'reason'),
      },
      {
        shows:
          'Messages given up for a socket with too much unsent, and messages of clients that were not understood.',
        good: '0.',
        otherwise:
          'socket full: listeners that read nothing. Malformed: a client with a bug, or somebody who tries things out.',
      },
    ),
  ],
};
