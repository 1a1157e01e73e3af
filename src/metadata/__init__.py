"""The metadata documents, the facts they state and the gates that judge them."""
