// aedes, which speaks MQTT 3.1.1. Usage: broker.mjs PORT DIRECTORY
import { createServer } from 'node:net';
import { Aedes } from 'aedes';

const aedes = await Aedes.createBroker();
createServer(aedes.handle).listen(Number(process.argv[2]), '127.0.0.1', () =>
  console.log('listening'),
);
process.on('SIGTERM', () => process.exit(0));
