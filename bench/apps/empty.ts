import { App, Stack } from 'aws-cdk-lib';

/** The smallest possible synth. */
new Stack(new App(), 'Empty');
