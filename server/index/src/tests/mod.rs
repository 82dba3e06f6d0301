//! Tests of the index over workspaces on disk.

mod broker;
mod equality;
mod searching;
mod serving;
mod workspace;

use workspace::Workspace;
