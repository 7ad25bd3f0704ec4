import { api } from '../app/api.ts';
import { createIndexedDbStorage, WriteQueue } from '../annotate/store/index.ts';

let present: { readonly userId: number; readonly queue: WriteQueue } | undefined;

/**
 * The queue of the signed-in person in this tab, for all images: what was drawn on one goes on being sent while another is
 * looked at. Changes of another person stay in the browser until that person is back.
 */
export function writeQueueOf(userId: number): WriteQueue {
  if (present?.userId === userId) {
    present.queue.retry(); // after a sign-in in between
    return present.queue;
  }
  present?.queue.stop();
  const queue = new WriteQueue({
    userId,
    storage: createIndexedDbStorage(),
    send: (imageId, body) => api.annotations.change({ params: { imageId }, body }),
  });
  present = { userId, queue };
  void queue.start();
  return queue;
}

window.addEventListener('online', () => present?.queue.retry());
// only where the browser keeps nothing is a reload a loss
window.addEventListener('beforeunload', (event) => {
  const status = present?.queue.status;
  if (status && status.unsent > 0 && !status.isDurable) event.preventDefault();
});
