import { describe, expect, it } from 'vitest';
import { buildPage } from './build-page.ts';

describe('buildPage', () => {
  it('gives every file that the document names', async () => {
    const files = await buildPage();
    const document = files.get('/')!.body.toString();
    const named = [...document.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map((match) => match[1]!);
    expect(named.length).toBeGreaterThan(2);
    for (const path of named) expect(files.has(path), path).toBe(true);
  });

  it('gives every part that a script imports', async () => {
    const files = await buildPage();
    for (const [path, { body, type }] of files) {
      if (!type.includes('javascript')) continue;
      for (const [, specifier = ''] of body.toString().matchAll(/(?:from|import)\s*\(?"(\.[^"]+)"/g)) {
        expect(files.has(specifier.slice(1)), `${path} imports ${specifier}`).toBe(true);
      }
    }
  });

  it('bundles the worklet whole', async () => {
    const worklet = (await buildPage()).get('/worklet.js')!.body.toString();
    expect(worklet).toContain('registerProcessor');
    expect(worklet).not.toMatch(/\bimport\b\s*["({*]/);
  });

  it('keeps the first script small: what not every browser needs comes in parts', async () => {
    const files = await buildPage();
    expect([...files.keys()].filter((path) => path.startsWith('/part-')).length).toBeGreaterThan(0);
    expect(files.get('/page.js')!.body.length).toBeLessThan(150_000);
  });

  it('builds once and then remembers', async () => {
    expect(await buildPage()).toBe(await buildPage());
  });

  it('needs no inline script or style, which the content security policy forbids', async () => {
    const document = (await buildPage()).get('/')!.body.toString();
    expect(document).not.toMatch(/<script(?![^>]*\ssrc=)|<style|\sstyle=|\son[a-z]+=/);
  });
});
