import type { Image } from '@exact/sdk/contract';
import type { PluginContext, Principal } from '@exact/sdk/server';

/** Images of a project as somebody sees them, set by set; private names only where they may be read. */
export async function imagesOf(
  { images, projects }: Pick<PluginContext, 'images' | 'projects'>,
  principal: Principal,
  projectId: number,
): Promise<Image[]> {
  const all: Image[] = [];
  for (const { id } of await projects.imageSets(principal, projectId))
    all.push(...(await images.listOfSet(principal, id)));
  return all;
}
