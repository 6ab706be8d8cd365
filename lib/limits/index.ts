export { ACCOUNT } from './accounts';
export { CLOUDFRONT } from './cloudfront';
export { COGNITO } from './cognito';
export { DYNAMODB } from './dynamodb';
export { IAM } from './iam';
export { LAMBDA } from './lambda';
export { DAYS_PER_MONTH, IDLE_POLLS_PER_DAY, PRICES, type Price } from './prices';
export { SQS } from './sqs';
export { WAF } from './waf';
