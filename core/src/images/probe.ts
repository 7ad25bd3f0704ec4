import { open } from 'node:fs/promises';
import type { HookContext } from '@exact/sdk/hooks';
import type { SlideInfo } from '@exact/sdk/server';
import type { HookCallers } from '../kernel/hook-caller.ts';
import type { OpenSlide, SlideReaders } from '../slides/readers.ts';
import { readFully } from '../storage/folder-driver.ts';
import { describeContent } from './describe-content.ts';

/** What becomes of a file. */
export type Verdict =
  | { readonly action: 'ready'; readonly slide: OpenSlide; readonly close: () => Promise<void> }
  | { readonly action: 'convert'; readonly job: string; readonly info: SlideInfo | undefined }
  | { readonly action: 'refuse'; readonly code: string; readonly message: string };

const HEAD_BYTES = 64 * 1024;

/** Looks at a file by asking the format plugins; reads a few kilobytes of it. The slide of a `ready` verdict is the caller's to keep or close. */
export async function probeFile(
  parts: { readonly hooks: HookCallers; readonly readers: SlideReaders },
  file: { readonly path: string; readonly name: string; readonly sizeBytes: number },
  context: HookContext,
): Promise<Verdict> {
  const { path, name, sizeBytes } = file;
  if (sizeBytes === 0)
    return refuse('EMPTY_FILE', 'the file is empty (0 bytes). It was probably not copied completely; copy it again.');
  const head = await readHead(path, sizeBytes);
  const opened = await parts.readers.probe({ path, name }, context);
  if (opened && 'refused' in opened) return refuse(opened.refused.code, opened.refused.message);
  const info = opened?.slide.reader.info;
  try {
    const plan = await parts.hooks.images.plan.call({ name, head, sizeBytes, ...(info ? { info } : {}) }, context);
    if (plan?.action === 'refuse') {
      await opened?.close();
      return refuse(plan.code, plan.message);
    }
    if (plan?.action === 'convert') {
      await opened?.close();
      return { action: 'convert', job: plan.job, info };
    }
  } catch (error) {
    await opened?.close();
    throw error;
  }
  if (!opened)
    return refuse(
      'UNSUPPORTED_FORMAT',
      `this is not an image or slide format that can be read here (${describeContent(head)}). Export it as TIFF, SVS, NDPI, PNG, JPEG, BMP or WebP.`,
    );
  if (opened.slide.reader.info.needsPyramid) {
    await opened.close();
    return refuse(
      'NEEDS_PYRAMID',
      'the image has no smaller levels for viewing, and no plugin that makes them is switched on. Ask the administrator to switch on the plugin for plain images.',
    );
  }
  return { action: 'ready', slide: opened.slide, close: () => opened.close() };
}

function refuse(code: string, message: string): Verdict {
  return { action: 'refuse', code, message };
}

async function readHead(path: string, sizeBytes: number): Promise<Uint8Array> {
  const file = await open(path, 'r');
  try {
    const buffer = Buffer.alloc(Math.min(HEAD_BYTES, sizeBytes));
    return buffer.subarray(0, await readFully(file, buffer, 0));
  } finally {
    await file.close();
  }
}
