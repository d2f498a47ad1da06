import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { aptInstall } from './apt.mjs';

/**
 * @typedef {object} Need
 * @property {string} what for people
 * @property {string} debian the Debian package
 * @property {() => boolean} isThere looks for the thing itself, so that it works on any distribution
 */

/** @type {Need[]} */
const needs = [
  {
    what: 'Chromium',
    debian: 'chromium',
    isThere: () => ['chromium', 'chromium-browser', 'google-chrome'].some(isCommand),
  },
  {
    what: 'Prometheus',
    debian: 'prometheus',
    isThere: () => isCommand('prometheus') && isCommand('promtool'),
  },
  { what: 'redis-server', debian: 'redis-server', isThere: () => isCommand('redis-server') },
  { what: 'FFmpeg', debian: 'ffmpeg', isThere: () => isCommand('ffmpeg') },
  {
    what: 'recorded speech at 8 kHz',
    debian: 'asterisk-core-sounds-en-wav',
    isThere: () => existsSync('/usr/share/asterisk/sounds/en_US_f_Allison/activated.wav'),
  },
  {
    what: 'recorded speech at 48 kHz',
    debian: 'alsa-utils',
    isThere: () => existsSync('/usr/share/sounds/alsa/Front_Center.wav'),
  },
  {
    what: 'a font with Chinese characters',
    debian: 'fonts-wqy-microhei',
    isThere: () =>
      existsSync('/usr/share/fonts/truetype/wqy/wqy-microhei.ttc') ||
      outputOf('fc-list', [':lang=zh-cn']) !== '',
  },
  { what: 'FFmpeg', debian: 'ffmpeg', isThere: () => isCommand('ffmpeg') },
  { what: 'ss, which tells what sockets have carried', debian: 'iproute2', isThere: () => isCommand('ss') },
  { what: "Speex's library", debian: 'libspeex1', isThere: () => isLibrary('libspeex.so.1') },
  { what: 'a library of G.729', debian: 'libbcg729-0', isThere: () => isLibrary('libbcg729.so.0') },
];

/** Needed only where Firefox and WebKit are in the call. @type {Need[]} */
const browserNeeds = [
  { what: 'Firefox', debian: 'firefox-esr', isThere: () => ['firefox-esr', 'firefox'].some(isCommand) },
  {
    what: 'WebKitGTK with its driver',
    debian: 'webkit2gtk-driver',
    isThere: () => isCommand('WebKitWebDriver'),
  },
  { what: 'a screen that nobody sees', debian: 'xvfb', isThere: () => isCommand('Xvfb') },
  { what: 'PulseAudio', debian: 'pulseaudio', isThere: () => isCommand('pulseaudio') },
  {
    what: 'programs to play and record by PulseAudio',
    debian: 'pulseaudio-utils',
    isThere: () => isCommand('paplay') && isCommand('parec'),
  },
];

/** Needed only to make the Python environment. @type {Need[]} */
const pythonNeeds = [
  { what: 'Python 3', debian: 'python3', isThere: () => isCommand('python3') },
  {
    what: 'venv for Python',
    debian: 'python3-venv',
    isThere: () => pythonSays('import venv, ensurepip; print(1)') === '1',
  },
  { what: 'a C compiler', debian: 'gcc', isThere: () => isCommand('gcc') },
  { what: 'C headers', debian: 'libc6-dev', isThere: () => existsSync('/usr/include/stdio.h') },
  {
    what: 'Python headers',
    debian: 'python3-dev',
    isThere: () =>
      existsSync(path.join(pythonSays("import sysconfig; print(sysconfig.get_path('include'))"), 'Python.h')),
  },
];

/**
 * What the tests need and this machine does not have.
 * @param {{ withPython: boolean, only?: string }} options `only`: this Debian package and nothing else
 * @returns {Need[]}
 */
export function missingPrograms({ withPython, only }) {
  const wanted = [...needs, ...(withPython ? pythonNeeds : [])].filter((need) => !need.isThere());
  return only === undefined ? wanted : wanted.filter((need) => need.debian === only);
}

/**
 * What a call between Chromium, Firefox and WebKit needs beside that.
 * @returns {Need[]}
 */
export function missingBrowsers() {
  return browserNeeds.filter((need) => !need.isThere());
}

/**
 * Installs what is missing with apt-get where that is possible and not opted out of.
 * @param {Need[]} missing
 * @returns {Promise<void>} rejects with a line that names exactly what to install
 */
export async function installPrograms(missing) {
  if (missing.length === 0) return;
  const names = missing.map((need) => need.what).join(', ');
  const packages = missing.map((need) => need.debian);
  const byHand = `apt-get install --no-install-recommends ${packages.join(' ')}`;
  if (process.env.PARTYLINE_NO_APT) {
    throw new Error(`this needs ${names}, and PARTYLINE_NO_APT is set; on Debian: ${byHand}`);
  }
  if (!isCommand('apt-get') || process.getuid?.() !== 0) {
    throw new Error(`this needs ${names}; on Debian, as root: ${byHand}`);
  }
  console.error(`This needs ${names}.`);
  console.error(
    `Installing with apt-get: ${packages.join(', ')}. No service is started. (PARTYLINE_NO_APT=1 opts out.)`,
  );
  await aptInstall(packages);
  const still = missing.filter((need) => !need.isThere());
  if (still.length > 0) {
    const left = still.map((need) => `${need.what} (${need.debian})`).join(', ');
    throw new Error(`apt-get is done, but this is still not found: ${left}`);
  }
}

function isCommand(name) {
  return (process.env.PATH ?? '').split(path.delimiter).some((directory) => {
    try {
      accessSync(path.join(directory, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Whether the dynamic linker finds a library. */
function isLibrary(name) {
  const folders = ['/usr/lib', '/usr/lib64', '/usr/local/lib', ...libraryFolders('/usr/lib')];
  return folders.some((folder) => existsSync(path.join(folder, name)));
}

/** Debian has libraries in a folder named after the processor. */
function libraryFolders(parent) {
  const names = existsSync(parent) ? readdirSync(parent) : [];
  return names.filter((name) => name.endsWith('-linux-gnu')).map((name) => path.join(parent, name));
}

function pythonSays(program) {
  return outputOf('python3', ['-c', program]);
}

/** What a command prints; nothing where it is missing or fails. */
function outputOf(command, args) {
  try {
    return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return '';
  }
}
