import { formatsOf } from '../formats.ts';

const format = formatsOf('en');

/** Everything the page says in English: what is shown, and what is read aloud. */
export const en = {
  /** The language's own name. */
  language: 'English',
  format,
  product: 'Partyline',
  tagline: 'Talk with a room full of people. No account, nothing to install.',

  join: {
    heading: 'Join a room',
    name: 'Your name',
    namePlaceholder: 'How others see you',
    room: 'Room',
    roomPlaceholder: 'Any name, such as lobby',
    roomHint: 'Everybody who enters the same name is in the same room.',
    nameMissing: 'Please enter a name, so that others know who is talking.',
    roomInvalid:
      'A room’s name has 1 to 64 letters, digits, dots, dashes or underscores, and starts with a letter or digit.',
    more: 'More',
    token: 'Access token',
    tokenHint: 'Only if whoever runs this service gave you one. It is not stored.',
    tokenFromAddress: 'The link you opened holds an access token, which is used to join.',
    submit: 'Join with microphone',
    joining: 'Joining…',
    listenOnly: 'Join and only listen',
    cancel: 'Cancel',
    privacy: 'Others hear you only while you are in the room.',
  },

  soundCheck: {
    heading: 'Check your sound',
    invitation: 'See and hear that your microphone works, before anybody else does.',
    start: 'Try the microphone',
    starting: 'Opening the microphone…',
    stop: 'Close the microphone',
    level: 'Microphone level',
    quiet: 'Say something: the bar should move.',
    heard: 'Your microphone works.',
    hearYourself: 'Hear yourself',
    hearYourselfHint: 'Use headphones, or it will whistle.',
  },

  sound: {
    heading: 'Sound',
    microphone: 'Microphone',
    loudspeaker: 'Loudspeaker',
    systemDefault: 'System default',
    absent: 'Chosen earlier, not plugged in',
    unnamed: (number: number): string => `Device ${format.number(number)}`,
    echoCancellation: 'Echo cancellation',
    echoCancellationHint: 'Off only with headphones.',
    noiseSuppression: 'Noise suppression',
    noiseSuppressionHint: 'Takes out fans and keyboards. Off for music.',
    autoGainControl: 'Automatic gain',
    autoGainControlHint: 'Keeps your voice equally loud.',
    testTone: 'Test tone',
    testToneFailed: 'The test tone could not be played there. Choose another loudspeaker.',
    chosenByBrowser: 'This browser plays through the loudspeaker that the system has chosen.',
  },

  codec: {
    label: 'Codec',
    names: {
      'opus/48000': 'Opus',
      'speex/32000': 'Speex ultra-wide band',
      'g722/16000': 'G.722',
      'speex/16000': 'Speex wide band',
      'pcma/16000': 'G.711 A-law, 16 kHz',
      'pcmu/16000': 'G.711 µ-law, 16 kHz',
      'l16/16000': 'Uncompressed, 16 kHz',
      'pcma/8000': 'G.711 A-law',
      'pcmu/8000': 'G.711 µ-law',
      'speex/8000': 'Speex narrow band',
    },
    choice: (name: string, kilobits: number): string => `${name} – ${format.number(kilobits)} kbit/s`,
    bands: {
      full: 'Full band: all that a microphone hears.',
      ultraWide: 'Ultra-wide band: speech as if in the same room.',
      wide: 'Wide band: clear speech, as from an HD telephone.',
      telephone: 'Telephone band: as from a landline.',
    },
    hint: (band: string): string =>
      `${band} To hear the difference, switch the echo test on in a call, and choose.`,
    instead: (wanted: string, sent: string): string =>
      `Not everybody here can decode ${wanted}, so your voice is sent as ${sent}.`,
    failed: (wanted: string, sent: string): string =>
      `${wanted} could not be loaded. Your voice is sent as ${sent}, as before.`,
  },

  settings: {
    heading: 'Settings',
    talking: 'Talking',
    talkKey: 'Key to hold',
    talkKeyHint: 'Held, it lets you talk: with push to talk, and while you are muted.',
    changeKey: 'Change',
    pressKey: 'Press a key…',
    keyTaken: (key: string): string => `${key} does something else here. Take another key.`,
    sounds: 'Sounds',
    eventSounds: 'Sounds of the room',
    eventSoundsHint: 'A short sound when somebody comes or goes.',
    appearance: 'Appearance',
    theme: 'Theme',
    themes: { system: 'As the system', light: 'Light', dark: 'Dark' },
    language: 'Language',
    browserLanguage: 'As the browser',
  },

  status: {
    joining: 'Joining…',
    connected: 'Connected',
    reconnecting: 'Reconnecting…',
  },

  call: {
    invite: 'Invite',
    inviteHeading: 'Invite others',
    inviteHint: 'Whoever opens this link comes to this room.',
    link: 'Link to this room',
    copyLink: 'Copy link',
    linkCopied: 'Link copied',
    linkNotCopied: 'Select the link and copy it by hand',
    share: 'Share…',
    shareText: (room: string): string => `Join me in ${room}`,
    people: 'People',
    inRoom: (count: number): string =>
      count === 1 ? '1 person here' : `${format.number(count)} people here`,
    alsoListening: (here: string, count: number): string => `${here}, ${format.number(count)} listening`,
    aloneHeading: 'You are the first one here',
    alone: 'Send the link to somebody, or open it in a second tab.',
    you: 'you',
    speaking: 'speaking',
    muted: 'muted',
    mutedByModerator: 'muted by a moderator',
    reconnecting: 'reconnecting',
    listening: 'listening',
    joined: (name: string): string => `${name} joined`,
    left: (name: string): string => `${name} left`,
    panel: 'Side panel',
    closePanel: 'Close the side panel',
    unread: (count: number): string => (count === 1 ? '1 unread' : `${format.number(count)} unread`),
  },

  person: {
    /** Goes on after the name. */
    options: ': volume and more',
    volume: 'Volume',
    volumeIs: (share: number): string => format.percent(share),
    muteForMe: 'Mute for me',
    muteForMeHint: 'Only you stop hearing them.',
    mutedForMe: 'muted for you',
    close: 'Close',
  },

  controls: {
    label: 'Call controls',
    mute: 'Mute',
    unmute: 'Unmute',
    muteHint: (key: string): string => `M mutes and unmutes. Hold ${key} to talk while muted.`,
    hold: 'Hold to talk',
    talking: 'On air',
    holdHint: (key: string): string => `Hold the button or ${key} while you talk.`,
    talkingWhileMuted: 'You are talking, but you are muted.',
    moderated: 'A moderator has muted you',
    listenOnly: 'Listening only',
    listenOnlyHint: 'You joined without a microphone.',
    addMicrophone: 'Use the microphone',
    deafen: 'Deafen',
    deafenedHint: 'You hear nobody, and nobody hears you.',
    mode: 'When your microphone is on',
    openMode: 'Open mic',
    pushMode: 'Push to talk',
    echo: 'Echo test',
    echoHint: 'Hear yourself as the room would hear you. Use headphones.',
    leave: 'Leave',
    nowMuted: 'You are muted',
    nowLive: 'Your microphone is on',
    nowDeafened: 'You hear nobody and are muted',
    nowHearing: 'You hear the others again',
    echoOn: 'Echo test on: you hear yourself',
    echoOff: 'Echo test off',
  },

  shortcuts: {
    heading: 'Keyboard',
    mute: 'Mute or unmute',
    deafen: 'Deafen or hear again',
    hold: 'Talk while it is held',
    close: 'Close what is open',
    help: 'Show this list',
    /** Keys with a word on them. */
    keys: { Space: 'Space', Escape: 'Esc' } as Record<string, string>,
  },

  chat: {
    heading: 'Chat',
    log: 'Messages',
    empty:
      'No messages yet. Everybody in the room reads what you write here. Nothing is kept when you leave.',
    placeholder: 'Message to everybody',
    placeholderTo: (name: string): string => `Message to ${name} only`,
    hint: 'Enter sends, Shift and Enter begins a new line.',
    send: 'Send',
    you: 'You',
    onlyTo: (name: string): string => `only to ${name}`,
    onlyToYou: 'only to you',
    toEverybody: 'Write to everybody again',
    direct: 'Send a private message',
    left: (count: number): string =>
      count === 1 ? '1 character left' : `${format.number(count)} characters left`,
    tooLong: (over: number): string =>
      over === 1
        ? '1 character too many. Shorten the message, or send it in two.'
        : `${format.number(over)} characters too many. Shorten the message, or send it in two.`,
    notConnected:
      'There is no connection right now. Your message stays here: send it once the connection is back.',
    sending: 'Sending…',
    delivered: (count: number): string =>
      count === 0
        ? 'Nobody else is here to read it'
        : count === 1
          ? 'Delivered to 1 person'
          : `Delivered to ${format.number(count)} people`,
    deliveredTo: (name: string): string => `Delivered to ${name}`,
    failed: {
      maybe: 'No answer came: it may have arrived, or not.',
      nobody: 'Not delivered: they are not here any more.',
      refused: 'Not sent: the server refused it.',
    },
    retry: 'Send again',
    newBelow: 'New messages',
    said: (name: string, text: string): string => `${name} writes: ${text}`,
    saidToYou: (name: string, text: string): string => `${name} writes to you alone: ${text}`,
  },

  moderation: {
    mute: 'Mute for everyone',
    unmute: 'Allow to talk again',
    remove: 'Remove from the room…',
    muted: (name: string): string => `${name} is muted for everyone.`,
    unmuted: (name: string): string => `${name} may talk again.`,
    removed: (name: string): string => `${name} was removed from the room.`,
    pending: 'The server has noted it and does it as soon as it can.',
    removeHeading: (name: string): string => `Remove ${name}?`,
    howLong: 'Keep out',
    disconnect: 'Not at all',
    usual: 'Usual time',
    usualHint: 'The usual time is what the server is set to: about 20 minutes unless somebody changed it.',
    guestHint: 'A guest can come back at once as another guest: only access tokens keep people out.',
    reason: 'Reason',
    reasonHint: 'Shown to them. May stay empty.',
    confirm: 'Remove',
    youAreMuted: 'A moderator has muted you for everyone. You can talk once a moderator allows it again.',
    youMayTalk: 'A moderator lets you talk again.',
  },

  recording: {
    badge: 'Recording',
    since: (time: string): string => `This room has been recorded since ${time}.`,
    began: 'This room is being recorded.',
    ended: 'This room is no longer recorded.',
  },

  line: {
    heading: 'Line',
    verdict: {
      quiet: () => 'Nobody is talking, so there is nothing to measure.',
      good: (delay: string): string => `The line is good: ${delay} from mouth to ear.`,
      fair: (delay: string): string => `The line is fair: ${delay} from mouth to ear.`,
      late: (delay: string): string => `Voices come late: ${delay} from mouth to ear.`,
      broken: (delay: string): string => `Voices break up: too much is lost. ${delay} from mouth to ear.`,
    },
    headings: { mouthToEar: 'Mouth to ear', loss: 'Lost', jitter: 'Jitter', sent: 'Sent' },
    figure: 'Figure',
    now: 'Now',
    mean: 'Mean',
    worst: 'Worst',
    table: 'All figures',
    caption: 'The line in the last two minutes',
    figures: {
      mouthToEar: 'Mouth to ear',
      uplink: 'Speaker’s side',
      edge: 'Servers',
      downlink: 'Way to you',
      playout: 'Buffer and loudspeaker',
      rtt: 'Round trip',
      jitter: 'Jitter',
      lost: 'Lost',
      late: 'Late',
      concealed: 'Filled in',
      sent: 'Sent',
      queue: 'Held up',
      dropped: 'Not sent',
    },
    about: {
      mouthToEar: 'From the speaker’s microphone to your loudspeaker; of the one who is heard latest',
      uplink: 'Microphone, encoder, and the speaker’s way to the first server',
      edge: 'In servers and between them',
      downlink: 'From the server to this page',
      playout: 'Held back so that late frames still make it, decoded, and played',
      rtt: 'To the server and back',
      jitter: 'How unevenly frames arrive',
      lost: 'Frames that never came',
      late: 'Frames that came too late to be played',
      concealed: 'Share of the sound that was invented to bridge gaps',
      sent: 'What your voice takes of your connection',
      queue: 'How much longer than at best your voice takes to the server',
      dropped: 'Your own frames a second that were too old to be sent',
    },
    none: '–',
    kilobits: (value: number): string => `${format.number(Math.round(value))} kbit/s`,
    copy: 'Copy diagnostics',
    copyHint: 'Figures of the last two minutes, to send to whoever looks into it. No names, no token.',
    copied: 'Copied',
    notCopied: 'The browser did not allow it',
  },

  banner: {
    dismiss: 'Dismiss',
    reconnecting: 'The connection is gone. Reconnecting by itself; stay on this page.',
    recovered: 'Connected again.',
    playbackBlocked: 'The browser keeps this page silent until you click.',
    playbackAction: 'Turn sound on',
    chooseMicrophone: 'Choose another',
    microphone: {
      fellBack: (name: string): string => `Your microphone is gone, so ${name} is used now.`,
      cameBack: (name: string): string => `${name} is back and used again.`,
    },
    loudspeaker: {
      fellBack: (name: string): string => `Your loudspeaker is gone, so you hear through ${name} now.`,
      cameBack: (name: string): string => `${name} is back: you hear through it again.`,
    },
  },

  problems: {
    microphoneRefused:
      'The microphone is not allowed. Allow it for this page (the icon beside the address) and try again, or join and only listen.',
    microphoneMissing: 'No microphone was found. Plug one in and try again, or join and only listen.',
    microphoneBusy:
      'The microphone could not be opened. Another program may be using it: close that one and try again.',
    microphoneLost: 'The microphone was unplugged or taken away, and there is no other. Plug one in.',
    loudspeakerMissing:
      'Sound cannot be played there. Choose another loudspeaker, or plug this one in again.',
    insecure: (url: string): string =>
      `Browsers give sound and microphone to secure pages only. Open ${url} instead (the server has to be started with --https for that).`,
    unsupported:
      'This browser lacks what a voice call needs. A current Chrome, Edge, Firefox or Safari has it.',
    unreachable:
      'The server does not answer. Check that it is running and that you are online, then join again.',
    full: 'This room is full. Try again when somebody has left, or choose another room.',
    removed: 'A moderator has removed you from this room.',
    removedBecause: (reason: string): string =>
      `A moderator has removed you from this room. The reason given: ${reason}`,
    removedFor: (wait: string): string =>
      `A moderator has removed you from this room. You can join again in ${wait}.`,
    moderationRefused: (detail: string): string => `That was not done: ${detail}`,
    replaced: 'You joined this room from another tab or device, so this one has left.',
    roomClosed: 'This room was closed. Join again to open it anew.',
    notAllowed: 'You are not allowed in here. Ask whoever invited you for a new link.',
    refused: (detail: string): string => `The server refused to let you in: ${detail}`,
    busy: 'Too many people are joining just now. Wait a few seconds and join again.',
    busyFor: (wait: string): string => `Too many people are joining just now. Join again in ${wait}.`,
    lost: 'The connection could not be restored. Join again when you are back online.',
    serviceFailed:
      'The server has a problem of its own. Try again in a minute; if it stays, tell whoever runs it.',
    protocol:
      'Page and server do not understand each other. Load this page anew, and tell whoever runs the server if that does not help.',
    notConnected: 'There is no connection at the moment. Try again once it is back.',
    noCommonCodec: 'Somebody in this room cannot decode what the others send: they do not hear you.',
    codec: 'Your voice could not be encoded. Leave and join again; if it stays, try another browser.',
    unexpected: (detail: string): string => `Something went wrong: ${detail}`,
    /** What the service says by its own code. */
    service: {
      credential_required:
        'This server lets nobody in without an access token. Ask whoever runs it for a link.',
      token_expired: 'Your access token has expired. Ask for a new link.',
      token_invalid: 'Your access token is not valid here. Ask for a new link.',
      token_not_yet_valid:
        'Your access token is not valid yet. Check this device’s clock, or ask for a new link.',
      wrong_room: 'Your access token is for another room. Enter that room’s name, or ask for a new link.',
      no_room_in_token: 'Your access token names no room, so it cannot be used here. Ask for a new link.',
      no_identity_in_token: 'Your access token names nobody, so it cannot be used here. Ask for a new link.',
      no_edge: 'The servers cannot take anybody right now. Join again in a few seconds.',
      too_many_rooms: 'No more rooms can be opened right now. Join one that exists, or try again later.',
      registry_unavailable: 'The server cannot reach its memory of rooms. Join again in a few seconds.',
    },
  },
};

/** What every language has to say. */
export type Strings = typeof en;
