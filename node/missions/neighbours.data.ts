/**
 * Short and frequent words of languages that no lexicon has, by which they are told from one that looks alike. Written as they are; a word
 * that the lexicon in question knows too tells nothing (neighbours.ts).
 */
export const neighbours: { readonly [language: string]: string } = {
  Portuguese:
    "o os as um uma uns umas do no nos na nas ao aos à às pelo pela pelos pelas dum duma num numa com sem em ou e não nem seu sua seus suas meu minha nosso nossa ele ela eles elas você vocês isso isto este esta esse essa cada também são está estão é foi ser ter tem têm há já ainda muito mais até depois antes quando onde quem qual pode podem deve devem nunca sempre só apenas faz fazer ver vê lê leem ler dá diz "+
    "de que por para a se como entre sobre "+
    "fatura faturas mensagem mensagens ficheiro ficheiros reunião reuniões viagem viagens voo voos conta contas pagamento pagamentos utilizador utilizadores senha criar apagar excluir procurar pesquisar atualizar atualiza agendar marcar enviar envia responder responde trabalho encomenda encomendas nova novo novos novas equipa equipe pessoas hoje amanhã semana mês correio telefone morada endereço preço preços produto produtos armazém loja lojas cria criam quarto quartos dinheiro assistente calendário usuário usuários relatório relatórios horário horários formulário formulários inventário notícia notícias projeto projetos contato contatos tarefa tarefas bilhete bilhetes chamada chamadas chamado chamados desconto descontos férias folha salário salários funcionário funcionários aluno alunos doente doentes receita receitas veículo veículos carro carros hóspede hóspedes hotéis livro livros imóvel imóveis sinistro sinistros apólice apólices escola turma turmas acesso acessos permissão permissões artigo artigos regista registra adiciona adicionar remove remover muda mudar mostra mostrar procura encontra encontrar recebe receber aceita aceitar escreve escrever resposta respostas pergunta perguntas dúvida dúvidas partilha partilhar compartilha",
  Catalan:
    "els les dels al als pels amb i per que és són no pot poden ha han de la el un una uns unes aquest aquesta aquests seva seu seus seves fins també més mai sempre només quan qui on com però llegeix envia correus comandes factures usuaris tot tots totes cada dia nou nova",
  Galician: "o os as un unha de que por para a se do na nas ao aos co coa con en e ou non súa súas seu pode poden tamén máis nunca sempre cando quen só correos facturas mensaxes usuarios xestiona xente le envía",
  Romanian:
    "și si cu de la pe nu să sa se din pentru este sunt ale lui lor poate trebuie să un o care că dar sau niciodată doar după când fiecare mesaje facturi clienți utilizatori trimite citește",
  Dutch:
    "de het een van en op te met voor niet geen zijn aan bij uit ook maar of wordt worden kan mag moet naar om als dan nog hij zij deze dit die alle nooit altijd alleen lees leest stuur stuurt klanten berichten facturen",
  Swedish: "och att som en ett på av för med är inte kan ska får den det de till från eller alla aldrig alltid bara när hon han läser skickar kunder fakturor meddelanden",
  Danish: "og at som en et på af for med er ikke kan skal må den det de til fra eller alle aldrig altid kun når hun han læser sender kunder fakturaer beskeder",
};
