import { VueQueryPlugin } from '@tanstack/vue-query';
import { createPinia } from 'pinia';
import { createApp, defineAsyncComponent } from 'vue';
import { useSession } from '../auth/session.ts';
import KeyButton from '../contributions/KeyButton.vue';
import { i18n } from '../i18n/index.ts';
import { createTheme } from '../theme/vuetify.ts';
import { onSignedOut } from './api.ts';
import App from './App.vue';
import { report } from './problems.ts';
import { queryClient } from './query-client.ts';
import { router } from './router.ts';

const app = createApp(App);
app.use(createPinia());
app.use(i18n);
app.use(VueQueryPlugin, { queryClient });
app.use(router);
app.use(createTheme());
// PLATFORM_COMPONENTS of the SDK: plugins use it by name
app.component(
  'CalibrationPrompt',
  defineAsyncComponent(() => import('../viewer/CalibrationPrompt.vue')),
);
app.component('KeyButton', KeyButton);
app.config.errorHandler = (error) => {
  console.error(error);
  report(error);
};
router.onError((error) => report(error));

onSignedOut(() => {
  const session = useSession();
  if (!session.me) return;
  session.leave();
  const next = router.currentRoute.value.fullPath;
  void router.push({ path: '/sign-in', query: { next, ended: '1' } });
});

app.mount('#app');
