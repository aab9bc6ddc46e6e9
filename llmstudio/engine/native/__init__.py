"""The application's own compiled part: products with frozen weights in few bits, and one more token in one call.

Torch's kernels read memory at half to two thirds of its speed, know one scale a row in 8 bits (which costs a small
model nearly a hundredth of its perplexity), and a single token asks for a few hundred of its operations, which take as
long as the weights. The C files in the resources do no more than that; they run on the threads of torch itself.

`build` compiles and keeps, `bindings` names the functions, `matrix` and `step` use them, `library` finds and checks.
Where nothing can be compiled, torch serves: `library.get` is None then, and `library.reason` says why.
"""
