import { App, Stack } from 'aws-cdk-lib';

/** The least that a synth can be. */
new Stack(new App(), 'Empty');
