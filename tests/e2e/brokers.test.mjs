// What tests/brokers asks of every broker, asked of the mosquitto that is here.
import { testBroker } from '../brokers/core.mjs';
import { startBroker } from './support/broker.mjs';

testBroker('mosquitto', (dir) => startBroker({ dir }));
