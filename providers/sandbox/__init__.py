"""Local servers that behave like the real providers, keep state and can be made to fail.

One process holds a BizKitHub host, a Zenki host and a player of the chat middleware. It checks each
request as strictly as the providers' documents do, counts what a real provider would have created
twice, and writes a wire log. Nothing here imports an adapter, and no adapter imports this package.
"""
