import { shallowRef } from 'vue';

/** Which of the dialogs about commands and keys is open; one at a time. */
export const keyDialog = shallowRef<'palette' | 'sheet' | 'settings'>();
