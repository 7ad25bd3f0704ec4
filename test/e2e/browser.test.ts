import { describe, expect, it } from 'vitest';

import { findSystemBrowser, launchProgram, unpackBrowser } from '../browser.ts';

// Draws a colour with WebGL 2 and reads it back, so that a context that only pretends fails.
const drawWithWebGl = (): number[] => {
  const gl = document.createElement('canvas').getContext('webgl2');
  if (!gl) return [];
  gl.clearColor(51 / 255, 102 / 255, 153 / 255, 1);
  gl.clear(gl.COLOR_BUFFER_BIT);
  const pixel = new Uint8Array(4);
  gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, pixel);
  return [...pixel];
};

const system = findSystemBrowser();
const browsers = [
  { name: 'the system', find: () => Promise.resolve(system), isHere: system !== undefined },
  { name: 'the npm package', find: unpackBrowser, isHere: process.platform === 'linux' && process.arch === 'x64' },
];

describe.each(browsers)('the browser from $name', ({ find, isHere }) => {
  it.runIf(isHere)('draws with WebGL 2 and measures text', async () => {
    const program = await find();
    if (!program) throw new Error('the browser went away');
    const browser = await launchProgram(program);
    try {
      const page = await browser.newPage();
      await page.setContent('<h1 style="display: inline">Exact</h1>');
      expect(await page.evaluate(drawWithWebGl)).toEqual([51, 102, 153, 255]);
      const box = await page.locator('h1').boundingBox();
      expect(box?.width).toBeGreaterThan(20); // without any font it would be 0
    } finally {
      await browser.close();
    }
  });
});
