import type { Question, Result } from '../shared/comparison.ts';
import { compare, type ImageReadings } from './compare.ts';

export interface CompareInput {
  readonly readers: Question['readers'];
  readonly seed: number;
  readonly images: readonly ImageReadings[];
}

interface Tools {
  readonly progress: (fraction: number, step: string) => void;
}

/** Compares in a process of its own: matching many thousand objects and drawing samples keeps a core busy for a while. */
export default async function compareTask(
  { readers, seed, images }: CompareInput,
  { progress }: Tools,
): Promise<Result> {
  async function* told(): AsyncGenerator<ImageReadings> {
    for (const [index, image] of images.entries()) {
      progress(index / images.length, 'matching');
      yield image;
    }
    progress(0.9, 'intervals');
  }
  return compare(readers, told(), seed);
}
