import { describe, expect, it } from 'vitest';
import { createUploadQueue, type UploadFailure, type UploadTransport } from './upload-queue.ts';

/** A transport whose uploads the test moves on by hand. */
function fakeTransport() {
  const started: { name: string; on: Parameters<UploadTransport['start']>[2] }[] = [];
  const words: string[] = [];
  const transport: UploadTransport = {
    start(file, _imageSetId, on) {
      started.push({ name: file.name, on });
      words.push(`start ${file.name}`);
      return { pause: () => words.push(`pause ${file.name}`), abort: () => words.push(`abort ${file.name}`) };
    },
  };
  const on = (name: string): Parameters<UploadTransport['start']>[2] => {
    const found = started.findLast((upload) => upload.name === name);
    if (!found) throw new Error(`${name} was not started`);
    return found.on;
  };
  return { transport, words, on };
}

const file = (name: string, size = 10): File => new File([new Uint8Array(size)], name);
const refusal: UploadFailure = {
  code: 'UPLOAD_REFUSED',
  message: 'It is a text file.',
  requestId: 'r1',
  isFinal: true,
};

describe('upload queue', () => {
  it('sends a few files at a time in their order', () => {
    const { transport, words, on } = fakeTransport();
    const queue = createUploadQueue(transport, 2);
    queue.add([file('a'), file('b'), file('c'), file('d')], 1);
    expect(words).toEqual(['start a', 'start b']);
    on('b').done({ imageId: 5 });
    expect(words).toEqual(['start a', 'start b', 'start c']);
    expect(queue.items.value.map((item) => item.state)).toEqual(['uploading', 'done', 'uploading', 'waiting']);
    expect(queue.items.value[1]).toMatchObject({ imageId: 5, sentBytes: 10 });
  });

  it('keeps the reason of a refusal with its file and goes on with the others', () => {
    const { transport, on } = fakeTransport();
    const queue = createUploadQueue(transport, 1);
    queue.add([file('bad'), file('good')], 1);
    on('bad').failed(refusal);
    on('good').progress(4);
    expect(queue.items.value[0]).toMatchObject({
      state: 'refused',
      problem: { code: 'UPLOAD_REFUSED', message: 'It is a text file.', requestId: 'r1' },
    });
    expect(queue.items.value[1]).toMatchObject({ state: 'uploading', sentBytes: 4 });
  });

  it('tells a file that the set already has', () => {
    const { transport, on } = fakeTransport();
    const queue = createUploadQueue(transport);
    queue.add([file('again')], 1);
    on('again').done({ duplicateOf: 3 });
    expect(queue.items.value[0]).toMatchObject({ state: 'duplicate', duplicateOf: 3 });
  });

  it('tries what has failed again when asked to, without the old reason', () => {
    const { transport, words, on } = fakeTransport();
    const queue = createUploadQueue(transport);
    const [item] = queue.add([file('a')], 1);
    on('a').failed({ code: 'OFFLINE', message: 'cut', isFinal: false });
    expect(queue.items.value[0]).toMatchObject({ state: 'failed' });
    queue.resume(item?.id ?? 0);
    expect(words).toEqual(['start a', 'start a']);
    expect(queue.items.value[0]).not.toHaveProperty('problem');
    on('a').failed(refusal);
    queue.resume(item?.id ?? 0);
    expect(words).toHaveLength(2);
  });

  it('stops a running file when it is cancelled, drops a waiting one, and starts the next', () => {
    const { transport, words } = fakeTransport();
    const queue = createUploadQueue(transport, 1);
    const [a, b] = queue.add([file('a'), file('b'), file('c')], 1);
    queue.cancel(b?.id ?? 0);
    queue.cancel(a?.id ?? 0);
    expect(words).toEqual(['start a', 'abort a', 'start c']);
    expect(queue.items.value.map((item) => item.state)).toEqual(['cancelled', 'cancelled', 'uploading']);
  });

  it('pauses everything and goes on one by one', () => {
    const { transport, words } = fakeTransport();
    const queue = createUploadQueue(transport, 1);
    const [a] = queue.add([file('a'), file('b')], 1);
    queue.pauseAll();
    expect(queue.items.value.map((item) => item.state)).toEqual(['paused', 'paused']);
    queue.resume(a?.id ?? 0);
    expect(words).toEqual(['start a', 'pause a', 'start a']);
  });

  it('clears what is finished in one set only', () => {
    const { transport, on } = fakeTransport();
    const queue = createUploadQueue(transport);
    queue.add([file('a'), file('b')], 1);
    queue.add([file('c')], 2);
    on('a').done({ imageId: 1 });
    on('c').done({ imageId: 2 });
    queue.clear(1);
    expect(queue.items.value.map((item) => item.name)).toEqual(['b', 'c']);
  });
});
