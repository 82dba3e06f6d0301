//! Tests of the index over workspaces on disk.

mod broker;
mod disk;
mod equality;
mod searching;
mod serving;
mod workspace;

use workspace::Workspace;
