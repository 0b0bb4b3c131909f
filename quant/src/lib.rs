//! From a trained model to an integer graph and its CPU reference.
