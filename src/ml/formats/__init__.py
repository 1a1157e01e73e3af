"""The model files of the boosting libraries, checked before their own readers, written in C++, see them."""
