/** Everything the page says, in one place: what is shown, what is read aloud, and how numbers are written. */
export const strings = {
  product: 'Partyline',
  tagline: 'Talk with a room full of people. No account, nothing to install.',

  join: {
    heading: 'Join a room',
    name: 'Your name',
    namePlaceholder: 'How others see you',
    room: 'Room',
    roomPlaceholder: 'Any name, for example lobby',
    roomHint: 'Everybody who enters the same name is in the same room.',
    nameMissing: 'Please enter a name, so that others know who is talking.',
    roomInvalid:
      'A room’s name has 1 to 64 letters, digits, dots, dashes or underscores, and starts with a letter or digit.',
    submit: 'Join with microphone',
    joining: 'Joining…',
    listenOnly: 'Join and only listen',
    privacy: 'Your microphone is on only while you are in the room.',
  },

  status: {
    joining: 'Joining…',
    connected: 'Connected',
    reconnecting: 'Reconnecting…',
  },

  call: {
    roomLabel: 'Room',
    copyLink: 'Copy link',
    linkCopied: 'Link copied',
    linkNotCopied: 'Copy it from the address bar',
    people: 'People',
    inRoom: (count: number): string => (count === 1 ? '1 person here' : `${count} people here`),
    listeners: (count: number): string =>
      count === 1 ? 'and 1 person listening' : `and ${count} people listening`,
    alone: 'You are the first one here. Send the link to somebody, or open it in a second tab.',
    you: 'you',
    speaking: 'speaking',
    muted: 'muted',
    mutedByModerator: 'muted by a moderator',
    reconnecting: 'reconnecting',
    listening: 'listening',
    volumeLevel: (name: string): string => `Level of ${name}`,
    joined: (name: string): string => `${name} joined`,
    left: (name: string): string => `${name} left`,
  },

  controls: {
    label: 'Call controls',
    mute: 'Mute',
    unmute: 'Unmute',
    muteHint: 'Press M to mute and unmute. Hold the space bar to talk while muted.',
    hold: 'Hold to talk',
    talking: 'On air',
    holdHint: 'Hold the button or the space bar while you talk.',
    moderated: 'A moderator has muted you',
    listenOnly: 'Listening only',
    listenOnlyHint: 'You joined without a microphone. Leave and join again to talk.',
    mode: 'When your microphone is on',
    openMode: 'Open mic',
    pushMode: 'Push to talk',
    echo: 'Echo test',
    echoHint: 'Hear yourself as the room would hear you. Use headphones.',
    leave: 'Leave',
    nowMuted: 'You are muted',
    nowLive: 'Your microphone is on',
    echoOn: 'Echo test on: you hear yourself',
    echoOff: 'Echo test off',
  },

  numbers: {
    heading: 'Live numbers',
    rtt: 'Round trip',
    rttHint: 'To the server and back',
    mouthToEar: 'Mouth to ear',
    mouthToEarHint: 'From the speaker’s microphone to your loudspeaker',
    buffer: 'Buffer',
    bufferHint: 'Held back so that late frames still make it',
    jitter: 'Jitter',
    jitterHint: 'How unevenly frames arrive',
    lost: 'Lost',
    lostHint: 'Frames that never came',
    late: 'Late',
    lateHint: 'Frames that came too late to be played',
    none: '–',
    milliseconds: (value: number): string => `${value < 9.95 ? value.toFixed(1) : Math.round(value)} ms`,
    frames: (count: number, total: number): string => {
      if (total <= 0) return '–';
      const percent = (100 * count) / total;
      return `${count} (${percent === 0 || percent >= 10 ? Math.round(percent) : percent.toFixed(1)} %)`;
    },
  },

  banner: {
    dismiss: 'Dismiss',
    reconnecting: 'The connection is gone. Reconnecting by itself; stay on this page.',
    recovered: 'Connected again.',
    playbackBlocked: 'The browser keeps this page silent until you click.',
    playbackAction: 'Turn sound on',
  },

  problems: {
    microphoneRefused:
      'The microphone is not allowed. Allow it for this page (the icon beside the address) and join again, or join and only listen.',
    microphoneMissing: 'No microphone was found. Plug one in and join again, or join and only listen.',
    microphoneBusy:
      'The microphone could not be opened. Another program may be using it: close that one and join again.',
    microphoneLost: 'The microphone was unplugged or taken away. Leave and join again once it is back.',
    insecure: (url: string): string =>
      `Browsers give sound and microphone to secure pages only. Open ${url} instead (the server has to be started with --https for that).`,
    unsupported:
      'This browser lacks what a voice call needs. A current Chrome, Edge, Firefox or Safari has it.',
    unreachable:
      'The server does not answer. Check that it is running and that you are online, then join again.',
    full: 'This room is full. Try again when somebody has left, or choose another room.',
    removed: 'A moderator has removed you from this room.',
    replaced: 'You joined this room from another tab or device, so this one has left.',
    roomClosed: 'This room was closed.',
    refused: (detail: string): string => `The server refused to let you in: ${detail}`,
    busy: 'Too many people are joining just now. Wait a few seconds and join again.',
    lost: 'The connection could not be restored. Join again when you are back online.',
    unexpected: (detail: string): string => `Something went wrong: ${detail}`,
  },
} as const;
