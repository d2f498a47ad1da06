import type { CallContext, CallFeature } from '../call-feature.ts';
import { element } from '../element.ts';
import { icon } from '../icons.ts';
import { strings } from '../strings.ts';
import type { Draft } from '../views/chat-composer.ts';
import { ChatPanel } from '../views/chat-panel.ts';
import { Chat } from './chat.ts';
import type { ChatEntry } from './chat-log.ts';

/** Longer messages are not read aloud whole by somebody who does not have the conversation open. */
const MAX_ANNOUNCED_CHARS = 200;

/** Writing to the room, and to one person alone. */
export function chatFeature({ session, announce, notify, openTab }: CallContext): CallFeature {
  const draft: Draft = { text: '' };
  let panel: ChatPanel | undefined;
  let shown = false;
  const { room } = session;
  const chat = new Chat(room, {
    received: (entry) => {
      // The list reads itself aloud where it is in sight.
      if (!chat.watched) announce(spoken(entry));
    },
  });
  const look = (): void => {
    chat.watched = shown && !document.hidden;
  };
  document.addEventListener('visibilitychange', look);
  return {
    tabs: () => {
      shown = false;
      look();
      const made = new ChatPanel(chat, draft, () =>
        notify({ tone: 'warning', text: strings.problems.notConnected }),
      );
      panel = made;
      return [
        {
          id: 'chat',
          label: strings.chat.heading,
          icon: 'chat',
          node: made.node,
          unread: () => chat.unread,
          update: (state) => made.update(state),
          shown: (visible) => {
            shown = visible;
            look();
            if (visible) made.shown();
          },
        },
      ];
    },
    personActions: ({ identity, name }, close) => {
      if (!room.canSendDirect) return [];
      const button = element(
        'button',
        { type: 'button', class: 'button' },
        icon('chat'),
        element('span', {}, strings.chat.direct),
      );
      button.addEventListener('click', () => {
        close();
        openTab('chat');
        panel?.composer.addressTo({ identity, name });
      });
      return [button];
    },
    end: () => {
      document.removeEventListener('visibilitychange', look);
      chat.end();
    },
  };
}

function spoken({ name, text, direct }: ChatEntry): string {
  const { chat } = strings;
  const short = text.length <= MAX_ANNOUNCED_CHARS ? text : `${text.slice(0, MAX_ANNOUNCED_CHARS)}…`;
  return direct ? chat.saidToYou(name, short) : chat.said(name, short);
}
