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
  type QueueWorker,
  Route,
  Scaling,
} from '../lib';

/** The shop: what it sells is the argument for how it is built. */
export function buildShop(app: App): Stack {
  const stack = new Stack(app, 'Shop', { env: { region: 'us-east-1', account: process.env['CDK_DEFAULT_ACCOUNT'] } });
  const code = HandlerBundle.fromDirectory('lambdas/shop', {
    lightHttpImport: true, // without undici a cold start is some 15 ms shorter; the shop uses no tracer
  });
  const shop = new Breakwater(stack, 'Shop', {
    identity: Identity.userPool(),
    profile: DeploymentProfile.fromContext(app),
  });

  // Where data lives. Search reads the catalogue all day; orders grow for ever, so they are cut four ways.
  const catalogue = shop.addTable('Catalogue', {
    partitionKey: { name: 'pk', type: AttributeType.STRING },
    sortKey: { name: 'sk', type: AttributeType.STRING },
    dataClass: DataClass.PUBLIC_DATA, // under a key of its own, which opens no customer's order
  });
  const orders = shop.addTable('Orders', {
    partitionKey: { name: 'customerId', type: AttributeType.STRING },
    sortKey: { name: 'orderId', type: AttributeType.STRING },
    shards: 4,
  });
  const ledger = shop.addTable('Ledger', { partitionKey: { name: 'chargeKey', type: AttributeType.STRING } });
  const invoiceDocuments = shop.addDocuments('InvoiceDocuments');
  const mailOutbox = shop.addDocuments('MailOutbox');

  // Slow work, in the background: an order is paid, then invoiced, then mailed.
  const payments = shop.addWorker('Payments', { handler: code.handler('payments') });
  const invoices = shop.addWorker('Invoices', {
    handler: code.handler('invoices'),
    environment: { INVOICE_BUCKET: invoiceDocuments.bucket.bucketName },
  });
  const mail = shop.addWorker('Mail', {
    handler: code.handler('mail'),
    environment: { MAIL_BUCKET: mailOutbox.bucket.bucketName },
  });
  sendBySes(mail, app.node.tryGetContext('mailSender'));

  // What answers while somebody waits, each part scaled by itself.
  const caching = Caching.shared(Duration.minutes(5));
  const search = shop.addModule('Search', {
    handler: code.handler('search'),
    routes: [
      Route.get('/search', { access: Access.ANYONE, query: ['q', 'page'], caching }),
      Route.get('/products/{sku}', { access: Access.ANYONE, caching }),
    ],
  });
  const buying = shop.addModule('Buying', {
    handler: code.handler('catalogue'),
    routes: [Route.post('/catalogue', { access: Access.service('till'), maxBody: Size.kibibytes(64) })],
    timeout: Duration.seconds(30),
  });
  const invoiceOfThousandLines = Size.kibibytes(256); // of a till; a person's basket is far smaller
  const checkout = shop.addModule('Checkout', {
    handler: code.handler('checkout'),
    routes: [
      Route.post('/checkout', {
        access: Access.anyOf(Access.PERSON, Access.service('till')),
        maxBody: invoiceOfThousandLines,
      }),
      Route.post('/refunds', { access: Access.service('till'), maxBody: invoiceOfThousandLines }),
    ],
    scaling: Scaling.provisioned({ min: 2, max: 50 }), // the sandbox profile makes it on demand, and says so
  });
  // Warm before it is busy: people search before they buy, and the floor controller learns how long before.
  shop.addPredictiveScaling('CheckoutAhead', { target: checkout, indicators: [search], timeZone: 'Europe/London' });
  const history = shop.addModule('History', {
    handler: code.handler('orders'),
    routes: [
      Route.get('/orders', { access: Access.PERSON, query: ['cursor'] }),
      Route.get('/orders/{orderId}', { access: Access.PERSON }),
      Route.get('/orders/{orderId}/invoice', { access: Access.PERSON }),
    ],
    environment: { INVOICE_BUCKET: invoiceDocuments.bucket.bucketName },
  });
  shop.addSite({ source: 'shop/storefront', signIn: true }); // "About us" sleeps here: no function, no table

  // Who may touch what. These lines are the trust graph; whatever they don't say is refused.
  catalogue.grantReadData(search);
  catalogue.grantReadWriteData(buying);
  catalogue.grantReadData(checkout);
  orders.grantReadWriteData(checkout);
  orders.grantReadData(history);
  orders.grantReadWriteData(payments);
  orders.grantReadWriteData(invoices);
  orders.grantReadWriteData(mail);
  ledger.grantReadWriteData(payments);
  invoiceDocuments.grantWrite(invoices);
  invoiceDocuments.grantRead(history);
  mailOutbox.grantWrite(mail);

  // What follows from what: an outbox, so never a second write.
  orders.publishTo(payments);
  orders.publishTo(invoices);
  orders.publishTo(mail);

  // One dashboard, few alarms, one topic to subscribe to; each alarm's text says what to do first.
  shop.addOperations('Operations');

  new CfnOutput(stack, 'MapTable', { value: shop.mapTableName });
  new CfnOutput(stack, 'InvoiceBucket', { value: invoiceDocuments.bucket.bucketName });
  new CfnOutput(stack, 'MailBucket', { value: mailOutbox.bucket.bucketName });
  return stack;
}

/** `-c mailSender=shop@example.com`, an address that SES has verified; without it mail goes to the outbox bucket. */
function sendBySes(mail: QueueWorker, sender: string | undefined): void {
  if (sender === undefined) return;
  mail.addEnvironment('MAIL_SENDER', sender);
  const identity = Stack.of(mail).formatArn({ service: 'ses', resource: 'identity', resourceName: sender });
  mail.grantPrincipal.addToPrincipalPolicy(new PolicyStatement({ actions: ['ses:SendEmail'], resources: [identity] }));
}

if (require.main === module) buildShop(new App());
