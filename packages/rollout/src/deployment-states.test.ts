import {
  deploymentStates,
  rolloutStates,
  terminalDeploymentStates,
  terminalRolloutStates,
  terminalWaveStates,
  waveStates,
} from '@sluice/contracts';
import { describe, expect, it } from 'vitest';
import {
  cancellableDeploymentStates,
  deploymentCommands,
  deploymentStateRules,
  isTerminalDeploymentState,
  isTerminalRolloutState,
  isTerminalWaveState,
  openDeploymentStates,
} from './deployment-states.ts';

describe('states', () => {
  it('when the contracts name a state, the engine has a rule for it and agrees on what is terminal', () => {
    expect(Object.keys(deploymentStateRules).sort()).toEqual([...deploymentStates].sort());
    expect(deploymentStates.filter(isTerminalDeploymentState)).toEqual([...terminalDeploymentStates]);
    expect(waveStates.filter(isTerminalWaveState)).toEqual([...terminalWaveStates]);
    expect(rolloutStates.filter(isTerminalRolloutState)).toEqual([...terminalRolloutStates]);
  });

  it('when a deployment is applying or verifying, it is past the point of no return', () => {
    expect(openDeploymentStates.filter((state) => !cancellableDeploymentStates.includes(state))).toEqual(['applying', 'verifying']);
  });

  it('when a command has states to start from, none of them is terminal and its target is not among them', () => {
    for (const { from, to } of Object.values(deploymentCommands)) {
      expect(from.filter(isTerminalDeploymentState)).toEqual([]);
      expect(from).not.toContain(to);
    }
  });
});
