import { describe, expect, it } from 'vitest';
import { type TalkMode, TalkSwitch } from './talk-switch.ts';

const make = (mode: TalkMode) => {
  const heard: boolean[] = [];
  const deafened: boolean[] = [];
  const talk = new TalkSwitch(mode, {
    onLive: (live) => heard.push(live),
    onDeafened: (deaf) => deafened.push(deaf),
  });
  return { talk, heard, deafened };
};

describe('TalkSwitch', () => {
  it('is on from the start with an open microphone, and off with push to talk', () => {
    expect(make('open').talk.live).toBe(true);
    expect(make('push').talk.live).toBe(false);
  });

  it('mutes and unmutes the open microphone', () => {
    const { talk, heard } = make('open');
    talk.toggleMute();
    talk.toggleMute();
    expect(heard).toEqual([false, true]);
  });

  it('is on while held in push mode, whatever is held', () => {
    const { talk, heard } = make('push');
    talk.hold('space');
    talk.hold('pointer');
    talk.release('space');
    expect(talk.live).toBe(true);
    talk.release('pointer');
    expect(heard).toEqual([true, false]);
  });

  it('lets a muted person talk while holding', () => {
    const { talk } = make('open');
    talk.toggleMute();
    talk.hold('space');
    expect(talk.live).toBe(true);
    talk.release('space');
    expect(talk.live).toBe(false);
  });

  it('does not repeat itself when a held key repeats', () => {
    const { talk, heard } = make('push');
    talk.hold('space');
    talk.hold('space');
    expect(heard).toEqual([true]);
  });

  it('lets go of everything at once', () => {
    const { talk } = make('push');
    talk.hold('space');
    talk.hold('pointer');
    talk.releaseAll();
    expect(talk.live).toBe(false);
  });

  it('ignores mute in push mode and is on again after a switch to the open microphone', () => {
    const { talk } = make('push');
    talk.toggleMute();
    expect(talk.live).toBe(false);
    talk.setMode('open');
    expect(talk.live).toBe(true);
    talk.setMode('push');
    expect(talk.live).toBe(false);
  });

  it('is silent while the others are silenced, and afterwards as it was before', () => {
    const { talk, heard, deafened } = make('open');
    talk.toggleDeafened();
    talk.hold('key');
    expect(talk.live).toBe(false);
    talk.release('key');
    talk.toggleDeafened();
    expect(heard).toEqual([false, true]);
    talk.toggleMute();
    talk.toggleDeafened();
    talk.toggleDeafened();
    expect(talk.live).toBe(false);
    expect(deafened).toEqual([true, false, true, false]);
  });

  it('hears the others again when somebody unmutes who had silenced them', () => {
    const { talk, deafened } = make('open');
    talk.toggleDeafened();
    talk.toggleMute();
    expect(talk.live).toBe(true);
    expect(talk.deafened).toBe(false);
    expect(deafened).toEqual([true, false]);
  });

  it('keeps a mute when the mode it is in already is set again', () => {
    const { talk } = make('open');
    talk.toggleMute();
    talk.setMode('open');
    expect(talk.live).toBe(false);
  });
});
