import { describe, expect, it } from 'vitest';
import { buildPage, type PageFiles } from './build-page.ts';

/** A script and everything that it imports at once, as opposed to `import()` later. */
const withStaticImports = (files: PageFiles, path: string, found = new Set<string>()): Set<string> => {
  found.add(path);
  for (const [, specifier = ''] of files
    .get(path)!
    .body.toString()
    .matchAll(/(?:from|import)"\.(\/[^"]+)"/g)) {
    if (!found.has(specifier)) withStaticImports(files, specifier, found);
  }
  return found;
};

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

  it('keeps under 250 KB what is fetched before the first click; the codec in WebAssembly comes when it is needed', async () => {
    const files = await buildPage();
    const initial = withStaticImports(files, '/page.js');
    const bytes = [...initial].reduce((sum, path) => sum + files.get(path)!.body.length, 0);
    expect(bytes).toBeLessThan(250_000);
    const later = [...files.keys()].filter((path) => path.startsWith('/part-') && !initial.has(path));
    const codec = later.filter((path) => files.get(path)!.body.length > 250_000);
    expect(codec).toHaveLength(1);
  });

  it('builds once and then remembers', async () => {
    expect(await buildPage()).toBe(await buildPage());
  });

  it('needs no inline script or style, which the content security policy forbids', async () => {
    const document = (await buildPage()).get('/')!.body.toString();
    expect(document).not.toMatch(/<script(?![^>]*\ssrc=)|<style|\sstyle=|\son[a-z]+=/);
  });
});
