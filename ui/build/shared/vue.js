// All of Vue's run time, in one module that shell and plugins share.
export * from 'vue';
