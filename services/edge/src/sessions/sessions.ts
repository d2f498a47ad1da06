import {
  type ClientMessageOf,
  type CloseName,
  MAX_CONTROL_BYTES,
  MAX_MEDIA_MESSAGE_BYTES,
  parseClientMessage,
} from '@partyline/protocol';
import type { Clock } from '@partyline/runtime';
import { type Logger, NO_SPAN, roomDigest, type TraceSpan, type Tracing } from '@partyline/telemetry';
import type { TicketClaims } from '@partyline/tokens';
import type { EdgeCounters, ProtocolError } from '../counters.ts';
import type { Drain } from '../drain/drain.ts';
import { FRESH_TICKET_SECONDS, HELLO_TIMEOUT_MS, IDLE_AFTER_MS } from '../limits.ts';
import type { FlowControl } from '../media/flow-control.ts';
import type { MediaIngress } from '../media/media-ingress.ts';
import type { Connection } from '../transport/connection.ts';
import { ack, readAck } from './ack-text.ts';
import type { Admission, Admitted, Refused, Verified } from './admission.ts';
import type { ControlMessages } from './control-messages.ts';
import type { Joining } from './joining.ts';
import { Session, type SessionEvents } from './session.ts';

export interface SessionsServices {
  admission: Admission;
  joining: Joining;
  drain: Pick<Drain, 'refuses' | 'joined'>;
  control: ControlMessages;
  ingress: MediaIngress;
  flow: FlowControl;
  clock: Clock;
  counters: EdgeCounters;
  log: Logger;
  tracing: Tracing;
}

const decoder = new TextDecoder();

/** Every connection of the edge, from its opening to its end, and what arrives on it. */
export class Sessions implements SessionEvents {
  readonly all = new Set<Session>();
  #closed = false;
  readonly #services: SessionsServices;

  constructor(services: SessionsServices) {
    this.#services = services;
  }

  /** A new connection, which has said nothing yet. */
  accept(connection: Connection): Session {
    const { counters, clock } = this.#services;
    counters.opened += 1;
    const session = new Session(connection, this, counters, clock.now());
    this.all.add(session);
    return session;
  }

  text(session: Session, bytes: Uint8Array): void {
    const { clock, counters } = this.#services;
    const nowMs = clock.now();
    session.heardAtMs = nowMs;
    if (!session.control.take(1, nowMs)) {
      counters.controlRateDrops += 1;
      session.overRate(nowMs);
      return;
    }
    counters.controlMessages += 1;
    if (session.phase === 'joined' && readAck(bytes)) {
      this.#acknowledge(session, ack.topic, ack.sequence, nowMs);
      return;
    }
    if (bytes.length > MAX_CONTROL_BYTES) {
      counters.protocolErrors.too_large += 1;
      session.close(
        'messageTooLarge',
        'too_large',
        `A control message holds at most ${MAX_CONTROL_BYTES} bytes.`,
      );
      return;
    }
    this.#message(session, decoder.decode(bytes), nowMs);
  }

  binary(session: Session, bytes: Uint8Array): void {
    const { clock, counters, ingress } = this.#services;
    const nowMs = clock.now();
    session.heardAtMs = nowMs;
    if (session.phase !== 'joined') {
      if (session.phase === 'admitting') counters.earlyMessages += 1;
      else this.#protocolError(session, 'binary_before_hello', 'Send hello with your ticket first, as text.');
      return;
    }
    if (bytes.length > MAX_MEDIA_MESSAGE_BYTES) {
      counters.protocolErrors.too_large += 1;
      session.close(
        'messageTooLarge',
        'too_large',
        `A media message holds at most ${MAX_MEDIA_MESSAGE_BYTES} bytes.`,
      );
      return;
    }
    ingress.receive(session, session.member!, session.room!, bytes, nowMs);
  }

  pong(session: Session): void {
    session.heardAtMs = this.#services.clock.now();
  }

  closed(session: Session, code: number): void {
    const wasJoined = session.phase === 'joined';
    session.phase = 'closed';
    session.joining.end();
    this.all.delete(session);
    if (wasJoined) this.#services.joining.leave(session, code);
  }

  /** Whether listeners keep up. Call it every FLOW_TICK_MS. */
  tickFlow(nowMs: number): void {
    const { flow } = this.#services;
    for (const session of this.all) flow.tick(session, nowMs);
  }

  /** Time-outs. Call it every TICK_MS. */
  tick(nowMs: number): void {
    const { counters } = this.#services;
    for (const session of this.all) {
      if (session.phase === 'greeting' && nowMs - session.openedAtMs > HELLO_TIMEOUT_MS) {
        counters.refusals.hello_timeout += 1;
        session.close(
          'helloTimeout',
          'hello_timeout',
          'Send hello with your ticket within 5 s of connecting.',
        );
      } else if (nowMs - session.heardAtMs > IDLE_AFTER_MS) {
        session.close('idle', 'idle', 'Nothing was heard from you for 30 s; reconnect.');
      }
    }
  }

  /** Nobody is admitted from here on. */
  refuseAll(): void {
    this.#closed = true;
  }

  /** Closes everybody, to go elsewhere. */
  closeAll(close: CloseName, message: string): void {
    for (const session of [...this.all]) session.close(close, 'going_away', message);
  }

  #message(session: Session, text: string, nowMs: number): void {
    const { counters, control } = this.#services;
    const parsed = parseClientMessage(text);
    if (!parsed.ok) {
      this.#invalid(session, parsed.fault, parsed.detail, text);
      return;
    }
    const { message } = parsed;
    if (session.phase === 'greeting') {
      if (message.type === 'hello') void this.#hello(session, message, nowMs);
      else this.#refuse(session, notHello(`not ${message.type}`));
    } else if (session.phase === 'admitting') {
      counters.earlyMessages += 1;
    } else if (message.type === 'hello') {
      this.#protocolError(
        session,
        'unexpected',
        'A connection takes one hello; open another for another ticket.',
      );
    } else if (message.type === 'ack') {
      this.#acknowledge(session, message.topic, message.sequence, nowMs, message.gaps);
    } else {
      control.handle(session, session.member!, session.room!, message, nowMs);
    }
  }

  #invalid(
    session: Session,
    fault: 'too_large' | 'not_json' | 'unknown_type' | 'invalid',
    detail: string,
    text: string,
  ): void {
    const { counters } = this.#services;
    if (session.phase === 'greeting') this.#refuse(session, notHello(detail));
    else if (fault === 'unknown_type') counters.unknownControl += 1;
    else if (fault === 'not_json' || !text.trimStart().startsWith('{'))
      this.#protocolError(session, 'not_json', detail);
    else if (fault === 'too_large') this.#protocolError(session, 'too_large', detail);
    else {
      counters.invalidControl += 1;
      session.complain('invalid_message', detail);
    }
  }

  async #hello(session: Session, hello: ClientMessageOf<'hello'>, nowMs: number): Promise<void> {
    const { admission, log } = this.#services;
    session.phase = 'admitting';
    session.helloAtMs = nowMs;
    try {
      const verified = await admission.verify(hello);
      session.joining = this.#trace(verified, hello, nowMs);
      await session.joining.run(() => this.#admit(session, verified, hello));
    } catch (error) {
      session.joining.run(() => log.error({ error }, 'A hello could not be handled.'));
      session.joining.fail('internal_error');
      session.close('internalError', 'internal_error', 'The edge failed to admit you; reconnect.');
    }
  }

  async #admit(
    session: Session,
    verified: Verified | Refused,
    hello: ClientMessageOf<'hello'>,
  ): Promise<void> {
    const admitted = verified.ok ? await this.#services.admission.check(verified.claims) : verified;
    // It may have gone meanwhile.
    if (session.phase === 'closed') return;
    const refused = admitted.ok ? this.#join(session, admitted, hello) : admitted;
    if (refused !== undefined) this.#refuse(session, refused, hello);
  }

  /** Goes on where the join left off. Of a ticket that is not good there is no trace: anybody could make many. */
  #trace(verified: Verified | Refused, hello: ClientMessageOf<'hello'>, startMs: number): TraceSpan {
    const { tracing } = this.#services;
    if (!verified.ok || !tracing.on) return NO_SPAN;
    const { claims } = verified;
    return tracing.begin('edge hello', {
      kind: 'server',
      startMs,
      // An old ticket is that of a comeback, which is a story of its own.
      parent: isFresh(claims, startMs) ? claims.trace : undefined,
      attributes: {
        'partyline.room': roomDigest(claims.room),
        'partyline.stream_id': claims.streamId,
        'partyline.generation': claims.generation,
        'partyline.shadow': hello.shadow ?? false,
        'partyline.resumed': hello.resumeKey !== undefined,
      },
    });
  }

  #join(session: Session, admitted: Admitted, hello: ClientMessageOf<'hello'>): Refused | undefined {
    const { admission, joining, drain } = this.#services;
    if (this.#closed || drain.refuses(admitted.claims)) return draining();
    const refused =
      admission.claim(admitted.claims, hello.resumeKey) ?? joining.join(session, admitted, hello);
    if (refused === undefined) drain.joined(session);
    return refused;
  }

  #refuse(session: Session, refused: Refused, hello?: ClientMessageOf<'hello'>): void {
    const { counters } = this.#services;
    counters.refusals[refused.reason] += 1;
    session.joining.set({ 'error.type': refused.reason });
    if (refused.move !== undefined && hello !== undefined) {
      counters.sentOn += 1;
      session.send({ type: 'move', withinMs: 0, ticket: hello.ticket, ...refused.move });
    }
    session.close(refused.close, refused.reason, refused.message);
  }

  #acknowledge(
    session: Session,
    topic: number,
    sequence: number,
    nowMs: number,
    gaps?: ClientMessageOf<'ack'>['gaps'],
  ): void {
    if (this.#services.flow.acknowledge(session, topic, sequence, nowMs, gaps)) return;
    this.#protocolError(session, 'bad_ack', `Message ${sequence} of topic ${topic} was never sent to you.`);
  }

  #protocolError(session: Session, reason: ProtocolError, message: string): void {
    this.#services.counters.protocolErrors[reason] += 1;
    session.close('protocolError', reason, message);
  }
}

const isFresh = ({ iat }: TicketClaims, nowMs: number): boolean => nowMs / 1_000 - iat < FRESH_TICKET_SECONDS;

const notHello = (detail: string): Refused => ({
  ok: false,
  reason: 'bad_hello',
  close: 'protocolError',
  message: `The first message must be a valid hello: ${detail}.`,
});

const draining = (): Refused => ({
  ok: false,
  reason: 'draining',
  close: 'goingAway',
  message: 'This edge is going away: join again for another.',
});
