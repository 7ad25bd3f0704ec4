import type { Page } from 'playwright-core';

/** All that the server has told a page, but for pixels. */
export interface Tape {
  /** Whether an annotation is in it, as text or packed. */
  has(uuid: string): Promise<boolean>;
}

export function record(page: Page): Tape {
  const heard: Buffer[] = [];
  const coming: Promise<void>[] = [];
  page.on('response', (response) => {
    const path = new URL(response.url()).pathname;
    if (!path.startsWith('/api/') || path.includes('/tiles/')) return;
    const body = response.body().then(
      (bytes) => void heard.push(bytes),
      () => undefined, // without a body, or of a page that was left
    );
    coming.push(body);
  });
  page.on('websocket', (socket) =>
    socket.on('framereceived', ({ payload }) => void heard.push(Buffer.from(payload as string))),
  );
  return {
    async has(uuid) {
      await Promise.all(coming);
      const packed = Buffer.from(uuid.replaceAll('-', ''), 'hex');
      return heard.some((bytes) => bytes.includes(uuid) || bytes.includes(packed));
    },
  };
}
