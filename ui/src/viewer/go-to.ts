import { shallowRef } from 'vue';

/** Whether the dialog that goes to an annotation by its id is open. */
export const goToDialog = shallowRef(false);
