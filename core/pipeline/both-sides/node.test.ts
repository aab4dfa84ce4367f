/** The suite on Node, as agent-lite runs the blocks; worker/both-sides.test.ts runs it inside workerd. */
import { bothSidesSuite } from './suite.ts';

bothSidesSuite('host');
