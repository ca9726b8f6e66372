import { endpointDirections, endpointKindWords, securityFilters } from '@sluice/contracts';
import { choice, flag, text } from '../../frame/parameters.ts';

/** The options that choose endpoints. */
export const endpointParameters = {
  address: text('--address <address>', 'Only this: an address, host:port, a host, or the path of a file'),
  kind: choice('--kind <kind>', endpointKindWords, 'Only those of this kind'),
  direction: choice('--direction <direction>', endpointDirections, 'Only where data goes this way'),
  security: choice('--security <security>', securityFilters, 'Only what is not protected in this way'),
  idle: flag('--idle', 'Also what only disabled or unused nodes would talk to'),
};
