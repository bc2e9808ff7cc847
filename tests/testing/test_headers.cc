// Nothing: the target of this file exists for its precompiled headers, which
// all tests share.

int main() { return 0; }
