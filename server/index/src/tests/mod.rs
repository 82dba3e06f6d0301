//! Tests of the index over workspaces on disk.

mod broker;
mod disk;
mod equality;
mod navigating;
mod searching;
mod serving;
mod workspace;

use workspace::Workspace;
