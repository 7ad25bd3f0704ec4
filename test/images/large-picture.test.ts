import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { createProcesses } from '../../core/src/jobs/processes.ts';

const CONVERTER = new URL('./measured-convert.fixture.ts', import.meta.url);

it('converts a picture of 20,000 × 20,000 px within 600 MB, telling how far it is', { timeout: 300_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'exact-large-'));
  const processes = createProcesses({ max: 1 });
  try {
    const source = join(folder, 'large.png');
    await sharp({ create: { width: 20_000, height: 20_000, channels: 3, background: '#b58' }, limitInputPixels: false })
      .png({ compressionLevel: 9 })
      .toFile(source);
    expect(statSync(source).size).toBeLessThan(3e6); // 1.2 GB of pixels
    const target = join(folder, 'large.tif');
    const seen: number[] = [];
    const result = await processes.inProcess<{ width: number; peakMb: number }>(
      CONVERTER,
      { source, target },
      { timeoutMs: 280_000, memoryMb: 1024, onProgress: (fraction) => seen.push(fraction) },
    );
    expect(result.width).toBe(20_000);
    expect(result.peakMb).toBeLessThan(600);
    expect(seen.length).toBeGreaterThan(2);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(readFileSync(target).subarray(0, 2).toString()).toBe('II');
  } finally {
    processes.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
