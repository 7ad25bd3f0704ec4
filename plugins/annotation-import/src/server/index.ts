import { definePlugin } from '@exact/sdk/server';

export default definePlugin({ setup() {} });
