import { Component, type ReactNode } from "react";
import { State } from "~/components/State";
import { messageOf } from "~/data/errors";

/** Keeps a defect of one page from taking the others along. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { error: unknown }> {
  override state: { error: unknown } = { error: undefined };

  static getDerivedStateFromError(error: unknown): { error: unknown } {
    return { error };
  }

  override render(): ReactNode {
    if (this.state.error === undefined) return this.props.children;
    return (
      <State
        icon="warning"
        title="This page has failed"
        actions={
          <button type="button" className="button" onClick={() => this.setState({ error: undefined })}>
            Try again
          </button>
        }
      >
        <p className="mono">{messageOf(this.state.error)}</p>
      </State>
    );
  }
}
