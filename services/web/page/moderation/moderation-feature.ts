import type { ModerationResult } from '@partyline/client';
import type { CallContext, CallFeature } from '../call-feature.ts';
import type { Person } from '../call-state.ts';
import { element } from '../element.ts';
import { icon } from '../icons.ts';
import { strings } from '../strings.ts';
import { openRemoveDialog } from '../views/remove-dialog.ts';

/** Good news goes by itself after this long, in ms. */
const GOOD_NEWS_MS = 4_000;
/** What the service calls those who come without a token: such an identity is new each time. */
const GUEST = /^guest-[0-9a-f]{16}$/;

/** Muting and removing others, for those who have the grant; and what one is told who is muted. */
export function moderationFeature({ session, notify, showProblem }: CallContext): CallFeature {
  const { room } = session;
  const stop = room.on('moderated', ({ muted }) => {
    const { moderation } = strings;
    if (muted) notify({ tone: 'warning', text: moderation.youAreMuted });
    else notify({ tone: 'good', text: moderation.youMayTalk, goesAfterMs: GOOD_NEWS_MS });
  });
  // Somebody who comes back and is still muted was told by no event.
  if (room.moderated) notify({ tone: 'warning', text: strings.moderation.youAreMuted });

  /** The banner is read aloud, so that nothing else has to say it. */
  const act = async (done: string, doing: Promise<ModerationResult>): Promise<void> => {
    try {
      const { applied } = await doing;
      const text = applied === 'pending' ? strings.moderation.pending : done;
      notify({ tone: applied === 'pending' ? 'warning' : 'good', text, goesAfterMs: GOOD_NEWS_MS });
    } catch (error) {
      showProblem(error);
    }
  };
  const setMuted = ({ identity, name, moderated }: Person): void => {
    const { moderation } = strings;
    if (moderated) void act(moderation.unmuted(name), room.moderator.unmute(identity));
    else void act(moderation.muted(name), room.moderator.mute(identity));
  };
  const remove = ({ identity, name }: Person): void => {
    openRemoveDialog({
      name,
      isGuest: GUEST.test(identity),
      onRemove: (removal) =>
        void act(strings.moderation.removed(name), room.moderator.remove(identity, removal)),
    });
  };
  return {
    personActions: (person, close) => {
      if (!room.canModerate) return [];
      const { moderation } = strings;
      const then = (run: (person: Person) => void) => (): void => {
        close();
        run(person);
      };
      return [
        action(
          person.moderated ? 'microphone' : 'microphoneOff',
          person.moderated ? moderation.unmute : moderation.mute,
          then(setMuted),
        ),
        action('leave', moderation.remove, then(remove), 'danger'),
      ];
    },
    end: stop,
  };
}

function action(name: Parameters<typeof icon>[0], label: string, run: () => void, tone = ''): HTMLElement {
  const button = element(
    'button',
    { type: 'button', class: `button ${tone}`.trim() },
    icon(name),
    element('span', {}, label),
  );
  button.addEventListener('click', run);
  return button;
}
