import { createRouter, createWebHistory, type RouteLocationNormalized } from 'vue-router';
import { useSession } from '../auth/session.ts';
import { translate } from '../i18n/index.ts';

const number = (name: string) => (route: RouteLocationNormalized) => ({ [name]: Number(route.params[name]) });

export const router = createRouter({
  history: createWebHistory(),
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
  routes: [
    { path: '/', redirect: '/projects' },
    {
      path: '/sign-in',
      component: () => import('../auth/SignInPage.vue'),
      meta: { public: true, title: 'auth.signIn' },
    },
    {
      path: '/setup',
      component: () => import('../auth/SetupPage.vue'),
      meta: { public: true, title: 'auth.setupTitle' },
    },
    { path: '/projects', component: () => import('../projects/ProjectsPage.vue'), meta: { title: 'projects.title' } },
    {
      path: '/projects/:projectId(\\d+)/:tab?',
      name: 'project',
      component: () => import('../projects/ProjectPage.vue'),
      props: number('projectId'),
      meta: { title: 'projects.one' },
    },
    {
      path: '/image-sets/:imageSetId(\\d+)',
      name: 'image-set',
      component: () => import('../image-sets/ImageSetPage.vue'),
      props: number('imageSetId'),
      meta: { title: 'imageSets.one' },
    },
    {
      path: '/images/:imageId(\\d+)',
      name: 'image',
      component: () => import('../viewer/ViewerPage.vue'),
      props: number('imageId'),
      meta: { title: 'app.viewer', dark: true, isFullHeight: true },
    },
    {
      path: '/admin/:tab?',
      name: 'admin',
      component: () => import('../admin/AdminPage.vue'),
      meta: { title: 'admin.title' },
    },
    { path: '/account', component: () => import('../account/AccountPage.vue'), meta: { title: 'account.title' } },
    { path: '/:path(.*)*', component: () => import('./NotFoundPage.vue'), meta: { title: 'app.notFound.title' } },
  ],
});

router.beforeEach(async (to) => {
  const session = useSession();
  if (to.meta['public'] === true) return true;
  await session.ensureKnown();
  return session.me ? true : { path: '/sign-in', query: to.fullPath === '/' ? {} : { next: to.fullPath } };
});

let leaving = 0;
const { push } = router;
router.push = (to) => {
  leaving += 1;
  return push(to).finally(() => (leaving -= 1));
};

/**
 * Whether another page is on its way. Of two navigations the later one cancels the earlier, without a word: who only keeps the address as
 * what is shown has to leave it alone then.
 */
export const isLeaving = (): boolean => leaving > 0;

/** Sets the title of the window; pages give the name of what they show. */
export function setTitle(...parts: readonly (string | undefined)[]): void {
  document.title = [...parts.filter((part) => part), 'Exact'].join(' · ');
}

router.afterEach((to, from, failure) => {
  if (failure || to.path === from.path) return;
  const key = to.meta['title'];
  setTitle(typeof key === 'string' ? translate(key) : undefined);
});
