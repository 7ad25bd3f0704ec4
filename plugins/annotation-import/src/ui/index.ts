import { defineUiPlugin } from '@exact/sdk/ui';

export default defineUiPlugin({});
