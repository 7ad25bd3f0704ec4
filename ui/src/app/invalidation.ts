import type { AnnotationsChanged, ImagesChanged, LiveEvent, MediaChanged, ProjectChanged } from '@exact/sdk/contract';
import type { QueryClient } from '@tanstack/vue-query';
import { keys } from './query-keys.ts';

/** Marks what an event has made stale; what is on the screen is loaded again at once. */
export function invalidateBy(client: Pick<QueryClient, 'invalidateQueries'>, event: LiveEvent): void {
  const stale = (queryKey: readonly unknown[], refetchType: 'active' | 'none' = 'active'): void =>
    void client.invalidateQueries({ queryKey, refetchType });
  switch (event.topic) {
    case 'project.changed':
      for (const key of keysOfProject(event as ProjectChanged)) stale(key);
      break;
    case 'images.changed': {
      const { projectId, imageSetId, imageIds } = event as ImagesChanged;
      stale(keys.imageSet(imageSetId));
      stale(keys.imageSetsOf(projectId));
      for (const id of imageIds) stale(keys.image(id));
      break;
    }
    case 'media.changed':
      stale(keys.mediaOf((event as MediaChanged).annotationUuid));
      break;
    case 'jobs.changed':
      stale(keys.jobs);
      break;
    case 'annotations.changed':
      // counts only: right at the next look, not worth a request for each stroke of each colleague
      stale(keys.imageSetsOf((event as AnnotationsChanged).projectId), 'none');
      stale(['image-set'], 'none');
      break;
  }
}

/** Whether it may have changed which annotations of a project somebody sees: those shown have to be read again. */
export function changesSight(event: LiveEvent, projectId: number): boolean {
  if (event.topic !== 'project.changed' || event.projectId !== projectId) return false;
  return ['project', 'layers'].includes((event as ProjectChanged).what);
}

function keysOfProject({ projectId, what }: ProjectChanged): (readonly unknown[])[] {
  switch (what) {
    case 'members':
      return [keys.project(projectId), keys.projects]; // the own role may have changed, and with it all below
    case 'project': // how people work together as well, and with it what is there for them
      return [keys.project(projectId), keys.projects, ['image-set'], ['image']];
    case 'imageSets':
      return [keys.imageSetsOf(projectId), ['image-set'], keys.projects];
    case 'layers':
      return [keys.layers(projectId), ['image-set'], ['image']];
    case 'templates':
      return [keys.products(projectId)];
    case 'plugins':
      return [keys.plugins(projectId)];
  }
}
