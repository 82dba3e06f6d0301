//! Tests of the index over workspaces on disk.

mod broker;
mod checkouts;
mod disk;
mod equality;
mod navigating;
mod searching;
mod serving;
mod watching;
mod workspace;

use workspace::Workspace;
