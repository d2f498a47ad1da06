import { describe, expect, it } from 'vitest';
import { loudspeakerNews, microphoneNews } from './device-news.ts';
import { strings } from './strings.ts';

const { microphone, loudspeaker } = strings.banner;

describe('device news', () => {
  it('say what stands in for an unplugged device, and that it is back', () => {
    const news = microphoneNews();
    expect(news.of({ name: 'Laptop', because: 'lost' }, false)).toBe(microphone.fellBack('Laptop'));
    expect(news.of({ name: 'Headset', because: 'chosen' }, false)).toBe(microphone.cameBack('Headset'));
  });

  it('say nothing about what the person has chosen', () => {
    const news = loudspeakerNews();
    expect(news.of({ name: 'Headset', because: 'chosen' }, true)).toBeUndefined();
    expect(news.of({ name: 'Laptop', because: 'lost' }, true)).toBe(loudspeaker.fellBack('Laptop'));
    expect(news.of({ name: 'Other', because: 'chosen' }, true)).toBeUndefined();
    expect(news.of({ name: 'Headset', because: 'chosen' }, false)).toBeUndefined();
  });

  it('have a name for a device that the browser does not name', () => {
    const text = microphoneNews().of({ name: '', because: 'lost' }, false);
    expect(text).toContain(strings.sound.systemDefault);
  });
});
