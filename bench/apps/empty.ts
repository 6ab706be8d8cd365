import { App, Stack } from 'aws-cdk-lib';

/** The smallest possible app. */
new Stack(new App(), 'Empty');
