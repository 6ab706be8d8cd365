import { App, CfnOutput, Duration, Size, Stack } from 'aws-cdk-lib';
import { AttributeType } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import {
  Access,
  Breakwater,
  Caching,
  DataClass,
  DeploymentProfile,
  HandlerBundle,
  Identity,
  type IIdentity,
  ParameterForm,
  type QueueWorker,
  Route,
  Scaling,
  ShardedTable,
  UserPoolIdentity,
} from '../lib';

/** The sample shop: tables, workers, modules and the grants between them. */
export function buildShop(app: App): Stack {
  const stack = new Stack(app, 'Shop', { env: { region: 'us-east-1', account: process.env['CDK_DEFAULT_ACCOUNT'] } });
  const code = HandlerBundle.fromDirectory('lambdas/shop', {
    lightSdk: true, // smaller SDK parts: a cold start is 20 % shorter
  });
  const shop = new Breakwater(stack, 'Shop', {
    identity: Identity.userPool(),
    profile: DeploymentProfile.fromContext(app),
  });

  // Data. The number of orders grows without limit, so their table has four shards.
  const catalogue = shop.addTable('Catalogue', {
    partitionKey: { name: 'pk', type: AttributeType.STRING },
    sortKey: { name: 'sk', type: AttributeType.STRING },
    dataClass: DataClass.PUBLIC_DATA, // its key can't decrypt orders
  });
  const orders = shop.addTable('Orders', {
    partitionKey: { name: 'customerId', type: AttributeType.STRING },
    sortKey: { name: 'orderId', type: AttributeType.STRING },
    shards: 4,
  });
  const ledger = shop.addTable('Ledger', { partitionKey: { name: 'chargeKey', type: AttributeType.STRING } });
  const invoiceDocuments = shop.addDocuments('InvoiceDocuments');
  const mailOutbox = shop.addDocuments('MailOutbox');

  // Background work: an order is paid, then invoiced, then mailed.
  const payments = shop.addWorker('Payments', { handler: code.handler('payments') });
  const invoices = shop.addWorker('Invoices', { handler: code.handler('invoices') });
  const mail = shop.addWorker('Mail', { handler: code.handler('mail') });
  const pool = userPoolOf(shop.identity);
  readAddresses(mail, pool);
  sendBySes(mail, app.node.tryGetContext('mailSender'));

  // Requests. Each module scales by itself.
  const caching = Caching.shared(Duration.minutes(5));
  const search = shop.addModule('Search', {
    handler: code.handler('search'),
    routes: [
      Route.get('/search', {
        access: Access.ANYONE,
        query: { q: ParameterForm.text(100), page: ParameterForm.integer(1, 25) },
        caching,
      }),
      Route.get('/products/{sku}', { access: Access.ANYONE, parameters: { sku: ParameterForm.text(32) }, caching }),
    ],
  });
  const pointOfSale = Access.service('point-of-sale');
  const catalogueEditor = shop.addModule('CatalogueEditor', {
    handler: code.handler('catalogue-editor'),
    routes: [Route.post('/catalogue', { access: pointOfSale, maxBody: Size.kibibytes(64) })],
    timeout: Duration.seconds(30),
  });
  const checkout = shop.addModule('Checkout', {
    handler: code.handler('checkout'),
    routes: [
      Route.post('/checkout', { access: Access.PERSON, maxBody: Size.kibibytes(64) }),
      Route.post('/sales', { access: pointOfSale, maxBody: Size.kibibytes(256) }), // an invoice of 2,000 lines
      Route.post('/refunds', { access: pointOfSale, maxBody: Size.kibibytes(256) }),
    ],
    scaling: Scaling.provisioned({ min: 2, max: 50 }), // on demand with the sandbox profile
  });
  // People search before they buy, so searches predict the checkout's demand.
  shop.addPredictiveScaling('CheckoutAhead', { target: checkout, indicators: [search], timeZone: 'Europe/London' });
  const orderId = ParameterForm.pattern('[A-Za-z0-9][A-Za-z0-9-]{0,39}');
  const orderHistory = shop.addModule('OrderHistory', {
    handler: code.handler('order-history'),
    routes: [
      Route.get('/orders', { access: Access.PERSON, query: { cursor: ParameterForm.pattern('[A-Za-z0-9_-]+') } }),
      Route.get('/orders/{orderId}', { access: Access.PERSON, parameters: { orderId } }),
      Route.get('/orders/{orderId}/invoice', { access: Access.PERSON, parameters: { orderId } }),
    ],
  });
  shop.addSite({ source: 'shop/storefront', signIn: true }); // static pages need no function and no table

  // Permissions: AWS refuses everything that no line grants.
  catalogue.grantQueryData(search);
  catalogue.grantQueryPutData(catalogueEditor);
  catalogue.grantDeleteData(catalogueEditor); // index entries of words that a product no longer has
  catalogue.grantQueryData(checkout);
  orders.grantQueryPutData(checkout);
  orders.grantQueryData(orderHistory);
  orders.grantQueryPutData(payments);
  orders.grantQueryPutData(invoices);
  orders.grantQueryPutData(mail);
  ledger.grantQueryPutData(payments);
  invoiceDocuments.grantWrite(invoices);
  invoiceDocuments.grantRead(orderHistory);
  mailOutbox.grantWrite(mail);

  // Messages to workers, stored in the same write as the order.
  orders.publishTo(payments);
  orders.publishTo(invoices);
  orders.publishTo(mail);

  // A dashboard, alarms, and an SNS topic for them. Each alarm's text says what to do first.
  shop.addOperations('Operations');

  // A deployment creates no people and no products. docs/first-deploy.md uses these outputs to
  // create them.
  new CfnOutput(stack, 'UserPoolId', { value: pool.userPool.userPoolId });
  new CfnOutput(stack, 'PointOfSaleClientId', { value: pool.serviceClientId('point-of-sale') });
  new CfnOutput(stack, 'MapTable', { value: ShardedTable.mapTableOf(stack).tableName });
  new CfnOutput(stack, 'InvoiceBucket', { value: invoiceDocuments.bucket.bucketName });
  new CfnOutput(stack, 'MailBucket', { value: mailOutbox.bucket.bucketName });
  return stack;
}

/** Lets the mail worker look up the verified e-mail address of the person who placed an order. */
function readAddresses(mail: QueueWorker, { userPool }: UserPoolIdentity): void {
  mail.addEnvironment('USER_POOL_ID', userPool.userPoolId);
  userPool.grant(mail, 'cognito-idp:AdminGetUser');
}

function userPoolOf(identity: IIdentity | undefined): UserPoolIdentity {
  if (identity instanceof UserPoolIdentity) return identity;
  throw new Error('the shop must have a user pool');
}

/**
 * Matches an e-mail address without a display name. The condition `ses:FromAddress` compares only
 * the address, so a display name isn't allowed.
 */
const BARE_ADDRESS = /^[^\s<>@]+@[^\s<>@]+$/;

/**
 * Lets the worker send mail with SES from the address in the context `mailSender`. SES must have
 * verified this address. If the context has no address, the worker stores mail in the bucket
 * `MailOutbox`. SES also checks permissions on the recipient's identity and on the configuration
 * set. So the statement allows all of these resources, and a condition restricts the sender.
 */
function sendBySes(mail: QueueWorker, sender: string | undefined): void {
  if (sender === undefined) return;
  if (!BARE_ADDRESS.test(sender)) {
    throw new Error(`the context 'mailSender' must be an address alone, such as shop@example.com, got '${sender}'`);
  }
  mail.addEnvironment('MAIL_SENDER', sender);
  const arn = (resource: string) => Stack.of(mail).formatArn({ service: 'ses', resource, resourceName: '*' });
  mail.grantPrincipal.addToPrincipalPolicy(
    new PolicyStatement({
      actions: ['ses:SendEmail'],
      resources: [arn('identity'), arn('configuration-set')],
      conditions: { StringEquals: { 'ses:FromAddress': sender } },
    }),
  );
}

// tree.json isn't used. Writing it would render every resource a second time.
if (require.main === module) buildShop(new App({ treeMetadata: false }));
